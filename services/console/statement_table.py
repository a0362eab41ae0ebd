"""Feedback statements as rows of JSON, and as a table."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp
from linli.members.v1 import feedback_pb2 as pb
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.chassis.moments import moment_of
from services.console.wording import say

MILLI: Final = 1_000
_MOMENTS: Final = ("generated_at", "sent_at", "due_at", "acknowledged_at", "replied_at")
_POSITIONS: Final = ("service_positions", "points_positions")


def as_rows(found: Iterable[pb.Statement]) -> list[dict[str, Any]]:
    """Give statements with the names of their fields; a moment that is not set is null."""
    return [_row(each) for each in found]


def print_statements(
    console: Console,
    found: Sequence[pb.Statement],
    *,
    names: Mapping[str, str],
    title: str,
    zone: ZoneInfo,
) -> None:
    """Print a table, in the order given, with days of the district; between whom, JSON says."""
    table = Table(title=title, title_justify="left")
    for key in ("id", "period", "member", "state"):
        table.add_column(say(f"statements.{key}"), overflow="fold")
    for key in ("service_minutes", "wishes", "points", "due", "overdue_days"):
        table.add_column(say(f"statements.{key}"), justify="right")
    for each in found:
        version = f" v{each.version}" if each.version > 1 else ""
        table.add_row(
            each.statement_id,
            f"{each.period_id}{version}",
            escape(names.get(each.member_id, each.member_id)),
            say(f"statements.state_{_state(each)}"),
            f"{each.service_minutes:,}",
            f"{each.wishes:,}",
            _points(each.merit_milli),
            _day(each, "due_at", zone),
            str(each.overdue_days or ""),
            style="bold red" if each.overdue_days else None,
        )
    console.print(table if found else say("statements.none", title=title), markup=False)


def _row(statement: pb.Statement) -> dict[str, Any]:
    row: dict[str, Any] = {
        field.name: getattr(statement, field.name)
        for field in statement.DESCRIPTOR.fields
        if field.name not in {*_MOMENTS, *_POSITIONS}
    }
    moments = {
        name: getattr(statement, name).ToJsonString() if statement.HasField(name) else None
        for name in _MOMENTS
    }
    positions = {name: dict(getattr(statement, name)) for name in _POSITIONS}
    return {**row, "state": _state(statement), **moments, **positions}


def _state(statement: pb.Statement) -> str:
    return pb.StatementState.Name(statement.state).removeprefix("STATEMENT_STATE_").lower()


def _points(milli: int) -> str:
    sign, size = ("-" if milli < 0 else ""), abs(milli)
    return f"{sign}{size // MILLI:,}.{size % MILLI:03}"


def _day(statement: pb.Statement, name: str, zone: ZoneInfo) -> str:
    moment: Timestamp = getattr(statement, name)
    is_set = bool(moment.seconds)
    return f"{moment_of(moment).astimezone(zone):%Y-%m-%d}" if is_set else ""
