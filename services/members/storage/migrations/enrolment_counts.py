"""Counts the enrolments that there are, where code that did not count them has written some."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.chassis.sql.types import UtcDateTime

ROWS_AT_ONCE: Final = 10_000

_WHERE: Final = sa.table("installation", sa.column("time_zone", sa.String()))
_ENROLMENTS: Final = sa.table(
    "enrolments",
    sa.column("enrolment_id", sa.String()),
    sa.column("community_id", sa.String()),
    sa.column("enrolled_at", UtcDateTime()),
    sa.column("ended_at", UtcDateTime()),
    sa.column("withdrawn", sa.Boolean()),
)
_CHANGES: Final = sa.table(
    "enrolment_changes",
    sa.column("community_id", sa.String()),
    sa.column("day", sa.Date()),
    sa.column("change", sa.BigInteger()),
)


def count_enrolments(connection: sa.Connection) -> None:
    """Replace what is counted by what there is, in the time zone that the database was made for.

    A database that has no time zone yet has no enrolments either.
    """
    if not sa.inspect(connection).has_table("installation"):
        return
    zone_name = connection.execute(sa.select(_WHERE.c.time_zone)).scalar_one_or_none()
    if zone_name is None:
        return
    if connection.dialect.name == "postgresql":
        # Whoever writes enrolments meanwhile has finished, or waits until this has.
        connection.execute(sa.text("LOCK TABLE enrolments, enrolment_changes IN SHARE ROW EXCLUSIVE MODE"))
    counted = _counted(connection, ZoneInfo(zone_name))
    connection.execute(sa.delete(_CHANGES))
    if counted:
        connection.execute(sa.insert(_CHANGES), counted)


def _counted(connection: sa.Connection, zone: ZoneInfo) -> list[dict[str, Any]]:
    net: Counter[tuple[str, date]] = Counter()
    after = ""
    while rows := connection.execute(_page(after)).all():
        for row in rows:
            for moment, change in _changes(row.enrolled_at, row.ended_at):
                net[row.community_id, moment.astimezone(zone).date()] += change
        after = rows[-1].enrolment_id
    return [
        {"community_id": community_id, "day": day, "change": change}
        for (community_id, day), change in sorted(net.items())
        if change
    ]


def _page(after: str) -> sa.Select[Any]:
    held = sa.select(_ENROLMENTS).where(~_ENROLMENTS.c.withdrawn, _ENROLMENTS.c.enrolment_id > after)
    return held.order_by(_ENROLMENTS.c.enrolment_id).limit(ROWS_AT_ONCE)


def _changes(enrolled_at: datetime, ended_at: datetime | None) -> Iterable[tuple[datetime, int]]:
    yield enrolled_at, 1
    if ended_at is not None:
        yield ended_at, -1
