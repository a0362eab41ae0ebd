"""Counts what belongs to work units, and reads until when anything did."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.members.domain.place import ScopeKind
from services.members.domain.work_unit_closing import Uses
from services.members.storage.organisation_tables import pairings, roles, teams
from services.members.storage.tables import members, past_work_units, work_units

_AT_UNIT: Final = (roles.c.scope_kind == ScopeKind.WORK_UNIT) & ~roles.c.withdrawn


async def read_uses(
    connection: AsyncConnection, work_unit_ids: Collection[str], *, now: datetime
) -> dict[str, Uses]:
    """Count what belongs to work units that are locked, by id.

    Members who turned out to be others, or whom nobody knows any more, do not count.
    """
    here = members.c.merged_into.is_(None) & members.c.erased_at.is_(None)
    lasts = roles.c.valid_until.is_(None) | (roles.c.valid_until > now)
    present: dict[str, tuple[Column[Any], ColumnElement[bool]]] = {
        "members": (members.c.work_unit_id, here),
        "sub_units": (work_units.c.parent_id, work_units.c.closed_at.is_(None)),
        "pairings": (pairings.c.work_unit_id, pairings.c.ended_at.is_(None)),
        "teams": (teams.c.work_unit_id, teams.c.closed_at.is_(None)),
        "roles": (roles.c.scope_id, _AT_UNIT & lasts),
    }
    counted = {
        kind: await _per_unit(connection, work_unit_ids, unit, func.count(), condition)
        for kind, (unit, condition) in present.items()
    }
    until = await _read_until(connection, work_unit_ids)
    return {
        unit_id: Uses(
            **{kind: counts.get(unit_id, 0) for kind, counts in counted.items()}, until=until.get(unit_id)
        )
        for unit_id in work_unit_ids
    }


async def _read_until(connection: AsyncConnection, work_unit_ids: Collection[str]) -> dict[str, datetime]:
    past: list[tuple[Column[Any], Column[Any], ColumnElement[bool]]] = [
        (past_work_units.c.work_unit_id, end := past_work_units.c.effective_until, end.is_not(None)),
        (work_units.c.parent_id, end := work_units.c.closed_at, end.is_not(None)),
        (pairings.c.work_unit_id, end := pairings.c.ended_at, end.is_not(None)),
        (teams.c.work_unit_id, end := teams.c.closed_at, end.is_not(None)),
        (roles.c.scope_id, end := roles.c.valid_until, _AT_UNIT & end.is_not(None)),
    ]
    latest: dict[str, datetime] = {}
    for unit, end, condition in past:
        ends = await _per_unit(connection, work_unit_ids, unit, func.max(end), condition)
        latest |= {id_: max(at, latest.get(id_, at)) for id_, at in ends.items()}
    return latest


async def _per_unit(
    connection: AsyncConnection,
    work_unit_ids: Collection[str],
    unit: Column[Any],
    figure: ColumnElement[Any],
    condition: ColumnElement[bool],
) -> dict[str, Any]:
    statement = (
        select(unit, figure.label("figure"))
        .where(is_among(unit, list(work_unit_ids)), condition)
        .group_by(unit)
    )
    return {row[0]: row.figure for row in await connection.execute(statement)}
