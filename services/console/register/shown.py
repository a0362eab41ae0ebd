"""Shows answers: tables for people, JSON for scripts."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.console.wording import say


def print_json(told: Any) -> None:
    print(json.dumps(told, ensure_ascii=False, indent=2))


def as_object(message: Message, /) -> dict[str, Any]:
    """Put a message of the API for scripts, by the names of its fields."""
    return MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], *, figures: int = 0
) -> None:
    """Print a table; of no rows its title alone, which says how many there are.

    Args:
        title: Stands above it.
        columns: Keys of texts in `[members]`.
        rows: As many cells each.
        figures: So many of the last columns are numbers.
    """
    table = Table(title=title, title_justify="left")
    for place, key in enumerate(columns):
        is_figure = place >= len(columns) - figures
        table.add_column(say(f"members.{key}"), justify="right" if is_figure else "left", overflow="fold")
    count = 0
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
        count += 1
    if count:
        Console().print(table)
    else:
        print(title)


def day(moment: Timestamp, zone: ZoneInfo, /) -> str:
    """Say on which day of the district it was; nothing if it is not set."""
    return f"{datetime.fromtimestamp(moment.seconds, tz=zone):%Y-%m-%d}" if moment.seconds else ""


def per_cent(basis_points: int, /) -> str:
    return f"{basis_points // 100}.{basis_points % 100:02} %"
