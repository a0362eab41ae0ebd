"""Folders of the form that `linli replay` reads, written row by row."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
SHIFT_HEADER = "date,shift_id,postcode,volunteer_hours,attended,demand,event_id,event_name,event_type"
VOLUNTEER_HEADER = "hash,ward_code,status,created,confirmed"


def shift_row(
    *,
    day: str = "2023-05-06",
    shift_id: str = "100",
    postcode: str = "LS10 1NE",
    hours: str = "2.0",
    attended: str = "2",
    title: str = "My Leeds",
) -> str:
    return f"{day},{shift_id},{postcode},{hours},{attended},1,7,{title},"


def volunteer_row(code: str, *, created: str = "2022-08-01", confirmed: str = "2022-09-01") -> str:
    return f"{code},E05011390,confirmed,{created},{confirmed}"


def write_folder(
    folder: Path,
    *,
    shifts: Iterable[str] = (),
    volunteers: Iterable[str] = (),
    shift_header: str = SHIFT_HEADER,
    volunteer_header: str = VOLUNTEER_HEADER,
    encoding: str = "utf-8",
) -> Path:
    """Write both tables and give the folder back."""
    tables = {"shifts.csv": [shift_header, *shifts], "volunteers.csv": [volunteer_header, *volunteers]}
    for name, lines in tables.items():
        (folder / name).write_text("\n".join([*lines, ""]), encoding=encoding)
    return folder
