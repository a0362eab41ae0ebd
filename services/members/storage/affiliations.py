"""Reads and writes to which work units members belonged before; where they belong now stands in their row."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.sql.columns import insert_columns, update_columns
from services.members.domain.register import Member, PastWorkUnit
from services.members.storage.tables import members, past_work_units


async def read_past_work_units(
    connection: AsyncConnection, member_ids: Collection[str]
) -> dict[str, tuple[PastWorkUnit, ...]]:
    """Read where members belonged before, in the order of time, by member id.

    Those who never moved are left out.
    """
    if not member_ids:
        return {}
    statement = (
        select(past_work_units)
        .where(is_among(past_work_units.c.member_id, member_ids))
        .order_by(past_work_units.c.member_id, past_work_units.c.effective_from)
    )
    found: defaultdict[str, list[PastWorkUnit]] = defaultdict(list)
    for row in await connection.execute(statement):
        found[row.member_id].append(
            PastWorkUnit(
                work_unit_id=row.work_unit_id,
                effective_from=row.effective_from,
                effective_until=row.effective_until,
            )
        )
    return {member_id: tuple(spans) for member_id, spans in found.items()}


async def store_moved(connection: AsyncConnection, moved: Sequence[Member]) -> None:
    """Store that members, who are locked, belong elsewhere now.

    Args:
        connection: Of a transaction that writes.
        moved: As `moved_to` gave them, one for each move; a member who moved twice, twice and in order.
    """
    rows = [
        {
            "member_id": member.id,
            "work_unit_id": member.work_unit_id,
            "work_unit_since": member.work_unit_since,
            "revision": member.revision,
        }
        for member in {member.id: member for member in moved}.values()
    ]
    await update_columns(connection, members.c.member_id, rows)
    await insert_columns(connection, past_work_units, [_last_span(member) for member in moved])


def _last_span(member: Member) -> dict[str, Any]:
    span = member.past_work_units[-1]
    return {
        "member_id": member.id,
        "effective_from": span.effective_from,
        "effective_until": span.effective_until,
        "work_unit_id": span.work_unit_id,
    }
