"""What must hold of work units, pairings and affiliations; `verify` looks for breaches."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from sqlalchemy import Column, ColumnElement, Select, and_, exists, func, or_, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.statement import check_statements
from services.chassis.jobs.verify import FINDINGS_MAX, Check, Checked
from services.members.domain.pairing import PairingKind
from services.members.domain.place import ScopeKind
from services.members.domain.work_unit import WorkUnitKind
from services.members.storage.checks import stating
from services.members.storage.organisation_tables import foreign_codes, pairings, roles, teams
from services.members.storage.pairing_facts import of_pairing
from services.members.storage.pairings import read_pairings
from services.members.storage.tables import members, past_work_units, work_units

Chunk = Callable[[AsyncConnection, Any], Awaitable[Checked]]

_HELD_AT_UNIT: Final = (roles.c.scope_kind == ScopeKind.WORK_UNIT) & ~roles.c.withdrawn

_REFERRING: Final[tuple[tuple[Column[Any], ColumnElement[bool]], ...]] = (
    (members.c.work_unit_id, true()),
    (work_units.alias("below").c.parent_id, true()),
    (work_units.alias("merged").c.merged_into, true()),
    (pairings.c.work_unit_id, true()),
    (teams.c.work_unit_id, true()),
    (roles.c.scope_id, _HELD_AT_UNIT),
    (foreign_codes.c.work_unit_id, true()),
)
"""Whatever names a work unit, but the past of members."""


def checks_of_units() -> list[Check]:
    """List the laws of work units, pairings and affiliations."""
    paired = stating(read_pairings, of_pairing)
    below = work_units.alias("open_below")
    is_here = members.c.merged_into.is_(None) & members.c.erased_at.is_(None)
    at_closed = or_(
        exists().where(members.c.work_unit_id == work_units.c.work_unit_id, is_here),
        exists().where(below.c.parent_id == work_units.c.work_unit_id, below.c.closed_at.is_(None)),
        exists().where(pairings.c.work_unit_id == work_units.c.work_unit_id, pairings.c.ended_at.is_(None)),
        exists().where(teams.c.work_unit_id == work_units.c.work_unit_id, teams.c.closed_at.is_(None)),
    )
    named = [exists().where(unit == work_units.c.work_unit_id, which) for unit, which in _REFERRING]
    as_another = and_(
        pairings.c.kind == PairingKind.SOCIAL_ORGANISATION,
        pairings.c.ended_at.is_(None),
        exists().where(
            work_units.c.work_unit_id == pairings.c.work_unit_id,
            work_units.c.kind.is_distinct_from(WorkUnitKind.SOCIAL_ORGANISATION),
        ),
    )
    return [
        check_statements(name="pairings equal their facts", key=pairings.c.pairing_id, read=paired),
        Check(
            name="nothing names a work unit that was merged",
            chunk=_each(work_units.c.work_unit_id, work_units.c.merged_into.is_not(None) & or_(*named)),
        ),
        Check(
            name="nothing belongs to a closed work unit",
            chunk=_each(work_units.c.work_unit_id, work_units.c.closed_at.is_not(None) & at_closed),
        ),
        Check(name="a social organisation is paired as one", chunk=_each(pairings.c.pairing_id, as_another)),
        Check(name="no work unit hangs under itself", chunk=_check_circles),
        Check(name="the work units of a member follow each other without gaps", chunk=_check_spans),
    ]


def _each(key: Column[str], breach: ColumnElement[bool]) -> Chunk:
    """Look for the records of a table of which something holds that must not."""

    async def chunk(connection: AsyncConnection, _next: Any) -> Checked:
        return await _found(connection, key, select(key).where(breach))

    return chunk


async def _check_circles(connection: AsyncConnection, _next: Any) -> Checked:
    unit = work_units.c
    above = (
        select(unit.work_unit_id.label("begin"), unit.parent_id.label("reached"))
        .where(unit.parent_id.is_not(None))
        .cte("above", recursive=True)
    )
    onward = (
        select(above.c.begin, unit.parent_id)
        .join(above, unit.work_unit_id == above.c.reached)
        .where(unit.parent_id.is_not(None))
    )
    reached = above.union(onward)
    circles = select(reached.c.begin).where(reached.c.begin == reached.c.reached)
    return await _found(connection, unit.work_unit_id, circles)


async def _check_spans(connection: AsyncConnection, _next: Any) -> Checked:
    """Look for gaps: each span begins where the one before ended, the first with the registration."""
    span, member = past_work_units.c, members.c
    begun = union_all(
        select(span.member_id, span.effective_from.label("begins")),
        select(member.member_id, member.work_unit_since).where(member.work_unit_since.is_not(None)),
    ).subquery()
    ended = union_all(
        select(member.member_id, member.registered_at.label("ends")).where(
            member.work_unit_since.is_not(None)
        ),
        select(span.member_id, span.effective_until),
    ).subquery()
    same = and_(ended.c.member_id == begun.c.member_id, ended.c.ends == begun.c.begins)
    gaps = union_all(
        select(begun.c.member_id).where(~exists().where(same)),
        select(ended.c.member_id).where(~exists().where(same)),
        select(span.member_id).where(span.effective_until <= span.effective_from),
    ).subquery()
    return await _found(connection, member.member_id, select(gaps.c.member_id).distinct())


async def _found(connection: AsyncConnection, key: Column[str], statement: Select[Any]) -> Checked:
    found = (await connection.execute(statement.limit(FINDINGS_MAX))).scalars()
    compared = await connection.execute(select(func.count(key)))
    return Checked(compared=compared.scalar_one(), findings=[f"{key.table.name}: {each}" for each in found])
