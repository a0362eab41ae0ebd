"""Reads the folder as a whole, before anything is written."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from services.console.replay.faults import FileUnreadable
from services.console.replay.published import SUMMARY_FILE, WEEKS_FILE, Published, read_published
from services.console.replay.records import (
    SHIFT_COLUMNS,
    VOLUNTEER_COLUMNS,
    Shift,
    Volunteer,
    parse_shift,
    parse_volunteer,
)
from services.console.replay.rows import BrokenRow, read_records

SHIFTS_FILE: Final = "shifts.csv"
VOLUNTEERS_FILE: Final = "volunteers.csv"
FILE_BYTES_MAX: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a folder says; every row of its two tables is either here or among the broken ones."""

    shifts: tuple[Shift, ...]
    """In the order of the file, as are the volunteers."""
    volunteers: tuple[Volunteer, ...]
    broken: tuple[BrokenRow, ...]
    published: Published
    digest: str
    """Of the two tables, byte by byte: another digest is another year."""


def read_source(folder: Path, /, *, now: datetime) -> Source:
    """Read shifts and volunteers, and what was published about them.

    Raises:
        SourceUnusable: A file is missing or of another form; names it.
    """
    files = {name: _read(folder / name) for name in (SHIFTS_FILE, VOLUNTEERS_FILE)}
    published = {
        name: _read(folder / name) for name in (WEEKS_FILE, SUMMARY_FILE) if (folder / name).exists()
    }
    shifts = read_records(
        file=SHIFTS_FILE,
        content=files[SHIFTS_FILE],
        columns=SHIFT_COLUMNS,
        parse=partial(parse_shift, now=now),
        key=lambda shift: f"shift_id {shift.shift_id}",
    )
    volunteers = read_records(
        file=VOLUNTEERS_FILE,
        content=files[VOLUNTEERS_FILE],
        columns=VOLUNTEER_COLUMNS,
        parse=partial(parse_volunteer, now=now),
        key=lambda volunteer: f"hash {volunteer.code}",
    )
    return Source(
        shifts=shifts.taken,
        volunteers=volunteers.taken,
        broken=(*shifts.broken, *volunteers.broken),
        published=read_published(published),
        digest=_digest(files),
    )


def _read(path: Path) -> bytes:
    if path.is_fifo():
        # Whoever opens one waits until somebody writes.
        raise FileUnreadable(f"{path} is no file.")
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise FileUnreadable(f"{path} cannot be read: {error.strerror}.") from error
    if len(content) > FILE_BYTES_MAX:
        raise FileUnreadable(f"{path} has more than {FILE_BYTES_MAX:,} bytes; divide it into several years.")
    return content


def _digest(files: Mapping[str, bytes]) -> str:
    each = [hashlib.sha256(content).hexdigest() for content in files.values()]
    return hashlib.sha256("".join(each).encode("ascii")).hexdigest()
