"""Counts who should be enrolled, who is, and who participates. One statement each, whatever the numbers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.periods import Period
from services.chassis.sql.paging import cut_out
from services.members.domain.grid import Level
from services.members.domain.participation import Enrolling, Row, Turnout
from services.members.domain.policy import ParticipationKind, ParticipationRule
from services.members.storage.affiliated import is_due, is_in_grid, is_of_unit, unit_at
from services.members.storage.enrolments import is_in_force
from services.members.storage.grid_trees import subtree
from services.members.storage.tables import enrolments, grid_nodes, members, participations, work_units

_NO_UNIT = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """When to count, in which period somebody must have participated, and what that means."""

    at: datetime
    period: Period
    rule: ParticipationRule


def participates(counting: Counting, member_id: ColumnElement[str], /) -> ColumnElement[bool]:
    """Say in SQL whether a member participated in the period."""
    records = select(participations.c.record_id).where(
        participations.c.member_id == member_id,
        participations.c.effective_at >= counting.period.starts_at,
        participations.c.effective_at < counting.period.ends_at,
    )
    if counting.rule.kinds < frozenset(ParticipationKind):
        # What was derived before kinds were told is of any kind, until it is derived anew.
        kinds = sorted(counting.rule.kinds)
        records = records.where(or_(participations.c.kind.in_(kinds), participations.c.kind == ""))
    if counting.rule.records_min > 1:
        records = records.limit(1).offset(counting.rule.records_min - 1)
    return records.exists()


async def read_turnout(
    connection: AsyncConnection, counting: Counting, *, node_id: str | None, work_unit_id: str | None
) -> Turnout:
    """Count in the whole district or a part of it.

    Args:
        connection: Reads.
        counting: When, and what is counted.
        node_id: Only those enrolled at or below this node; nobody is due there.
        work_unit_id: Only those of this work unit and its sub-units.
    """
    statement = select(
        func.count().label("enrolled"),
        _sum(participates(counting, enrolments.c.member_id)).label("participating"),
    ).where(is_in_force(counting.at))
    if node_id is not None:
        statement = statement.where(is_in_grid(node_id, at=counting.at))
    source: FromClause = enrolments
    if work_unit_id is not None:
        source = enrolments.join(members, members.c.member_id == enrolments.c.member_id)
        statement = statement.where(is_of_unit(work_unit_id, at=counting.at))
    row = (await connection.execute(statement.select_from(source))).one()
    return Turnout(
        enrolled=row.enrolled,
        participating=row.participating,
        enrolling=None
        if node_id is not None
        else await read_enrolling(connection, at=counting.at, work_unit_id=work_unit_id),
    )


async def read_enrolling(connection: AsyncConnection, *, at: datetime, work_unit_id: str | None) -> Enrolling:
    """Count who should be enrolled (in a work unit and its sub-units, if named), and who of them is."""
    statement = select(func.count().label("due"), _sum(_is_enrolled(at)).label("enrolled")).where(is_due(at))
    if work_unit_id is not None:
        statement = statement.where(is_of_unit(work_unit_id, at=at))
    row = (await connection.execute(statement.select_from(members))).one()
    return Enrolling(due=row.due, enrolled=row.enrolled)


async def list_by_place(
    connection: AsyncConnection, page: Page, counting: Counting, *, level: Level
) -> list[Row]:
    """Count by community or by street, in the order of codes; one more than the page holds."""
    district = select(grid_nodes.c.node_id).where(grid_nodes.c.level == Level.DISTRICT)
    district_id = (await connection.execute(district)).scalar_one_or_none() or ""
    tree = subtree(district_id, at=counting.at, down_to=Level.COMMUNITY)
    places = (
        select(tree.c.node_id, grid_nodes.c.code, tree.c.name)
        .join(grid_nodes, grid_nodes.c.node_id == tree.c.node_id)
        .where(tree.c.level == level)
    )
    wanted = cut_out(places, page, grid_nodes.c.code).cte("wanted")
    below = tree.alias("below")
    stands_in = below.c.node_id if level is Level.COMMUNITY else below.c.parent_id
    is_there = (stands_in == wanted.c.node_id) & (below.c.level == Level.COMMUNITY)
    is_enrolled = (enrolments.c.community_id == below.c.node_id) & is_in_force(counting.at)
    statement = (
        select(
            *wanted.c,
            func.count(enrolments.c.enrolment_id).label("enrolled"),
            _sum(participates(counting, enrolments.c.member_id)).label("participating"),
        )
        .select_from(wanted.outerjoin(below, is_there).outerjoin(enrolments, is_enrolled))
        .group_by(*wanted.c)
        .order_by(wanted.c.code)
    )
    return [
        Row(
            id=row.node_id,
            code=row.code,
            name=row.name,
            turnout=Turnout(enrolled=row.enrolled, participating=row.participating, enrolling=None),
        )
        for row in await connection.execute(statement)
    ]


async def list_by_work_unit(connection: AsyncConnection, page: Page, counting: Counting) -> list[Row]:
    """Count by work unit, without its sub-units, in the order of codes; one more than the page holds.

    Those of no work unit come first, if there are any. A unit that was merged is counted in the one that it
    became.
    """
    at = counting.at
    is_open = (work_units.c.effective_from <= at) & or_(
        work_units.c.closed_at.is_(None), work_units.c.closed_at > at
    )
    units = union_all(
        select(
            work_units.c.work_unit_id, work_units.c.code, work_units.c.name, is_open.label("is_open")
        ).where(work_units.c.merged_into.is_(None)),
        select(literal(_NO_UNIT), literal(""), literal(""), ~true()),
    ).subquery("units")
    of = _unit_now()
    joined = enrolments.join(members, members.c.member_id == enrolments.c.member_id)
    enrolled = (
        select(
            of.label("work_unit_id"),
            func.count().label("enrolled"),
            _sum(participates(counting, enrolments.c.member_id)).label("participating"),
        )
        .select_from(joined.outerjoin(work_units, work_units.c.work_unit_id == unit_at(at)))
        .where(is_in_force(at))
        .group_by(of)
        .subquery("enrolled")
    )
    due = (
        select(of.label("work_unit_id"), func.count().label("due"), _sum(_is_enrolled(at)).label("enrolled"))
        .select_from(members.outerjoin(work_units, work_units.c.work_unit_id == unit_at(at)))
        .where(is_due(at))
        .group_by(of)
        .subquery("due")
    )
    statement = (
        select(
            units.c.work_unit_id,
            units.c.code,
            units.c.name,
            func.coalesce(enrolled.c.enrolled, 0).label("enrolled"),
            func.coalesce(enrolled.c.participating, 0).label("participating"),
            func.coalesce(due.c.due, 0).label("due"),
            func.coalesce(due.c.enrolled, 0).label("due_enrolled"),
        )
        .select_from(
            units.outerjoin(enrolled, enrolled.c.work_unit_id == units.c.work_unit_id).outerjoin(
                due, due.c.work_unit_id == units.c.work_unit_id
            )
        )
        .where(or_(units.c.is_open, enrolled.c.enrolled > 0, due.c.due > 0))
    )
    return [_row(row) for row in await connection.execute(cut_out(statement, page, units.c.code))]


def _unit_now() -> ColumnElement[str]:
    """Name the unit that the joined one is now; what was merged stands for another."""
    return func.coalesce(work_units.c.merged_into, work_units.c.work_unit_id, _NO_UNIT)


def _row(row: Any) -> Row:
    return Row(
        id=row.work_unit_id,
        code=row.code,
        name=row.name,
        turnout=Turnout(
            enrolled=row.enrolled,
            participating=row.participating,
            enrolling=Enrolling(due=row.due, enrolled=row.due_enrolled),
        ),
    )


def _is_enrolled(at: datetime) -> ColumnElement[bool]:
    return exists().where(enrolments.c.member_id == members.c.member_id, is_in_force(at))


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """Count where a condition holds."""
    return cast(func.coalesce(func.sum(case((condition, 1), else_=0)), 0), BigInteger)
