"""Reads about whom statements are to be made, between whom, and what those members did."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.periods import Period
from services.chassis.sql.among import is_among
from services.members.domain.grid import Level
from services.members.domain.policy import ParticipationKind
from services.members.domain.register import MemberType
from services.members.storage.enrolments import is_in_force
from services.members.storage.grid_trees import subtree
from services.members.storage.tables import enrolments, members, participations, past_work_units, work_units


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A member about whom a community tells a work unit."""

    member_id: str
    community_id: str
    work_unit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a member did in a period."""

    minutes: int = 0
    activities: int = 0
    wishes: int = 0


async def count_subjects(connection: AsyncConnection, *, at: datetime, node_id: str | None) -> int:
    """Count about how many statements are to be made."""
    everybody = _subjects(at=at, node_id=node_id).subquery()
    return int((await connection.execute(select(func.count()).select_from(everybody))).scalar_one())


async def list_subjects(
    connection: AsyncConnection, *, at: datetime, node_id: str | None, after: str, subjects_max: int
) -> list[Subject]:
    """Read about whom statements are to be made, in the order of their ids.

    Args:
        connection: Reads.
        at: The moment at which they are enrolled and belong to a work unit.
        node_id: Only those enrolled at or below this node.
        after: The id that they follow.
        subjects_max: How many.
    """
    statement = _subjects(at=at, node_id=node_id).where(members.c.member_id > after)
    in_order = statement.order_by(members.c.member_id).limit(subjects_max)
    return [_subject(row) for row in await connection.execute(in_order)]


async def read_subject(connection: AsyncConnection, member_id: str, *, at: datetime) -> Subject | None:
    """Read between whom a statement about one member would be; None if there is none to be made."""
    statement = _subjects(at=at, node_id=None).where(members.c.member_id == member_id)
    row = (await connection.execute(statement)).one_or_none()
    return _subject(row) if row else None


async def read_service(
    connection: AsyncConnection, member_ids: Collection[str], *, period: Period
) -> dict[str, Service]:
    """Add up what members did in a period; whoever did nothing is left out."""
    is_hours = participations.c.kind == ParticipationKind.HOURS
    statement = (
        select(
            participations.c.member_id,
            _sum(participations.c.minutes).label("minutes"),
            _sum(case((is_hours, 1), else_=0)).label("activities"),
            _sum(case((is_hours, 0), else_=1)).label("wishes"),
        )
        .where(
            is_among(participations.c.member_id, member_ids),
            participations.c.effective_at >= period.starts_at,
            participations.c.effective_at < period.ends_at,
        )
        .group_by(participations.c.member_id)
    )
    return {
        row.member_id: Service(minutes=row.minutes, activities=row.activities, wishes=row.wishes)
        for row in await connection.execute(statement)
    }


async def read_ids_of_unit(connection: AsyncConnection, work_unit_id: str) -> list[str]:
    """Read all ids of what a work unit is now: its own, and those of units that were merged into it."""
    current = (
        select(func.coalesce(work_units.c.merged_into, work_units.c.work_unit_id))
        .where(work_units.c.work_unit_id == work_unit_id)
        .scalar_subquery()
    )
    statement = select(work_units.c.work_unit_id).where(
        or_(work_units.c.work_unit_id == current, work_units.c.merged_into == current)
    )
    return list((await connection.execute(statement)).scalars())


def _sum(column: ColumnElement[Any]) -> ColumnElement[int]:
    return cast(func.sum(column), BigInteger)


def _subjects(*, at: datetime, node_id: str | None) -> Select[Any]:
    before = (
        select(past_work_units.c.work_unit_id)
        .where(
            past_work_units.c.member_id == members.c.member_id,
            past_work_units.c.effective_from <= at,
            past_work_units.c.effective_until > at,
        )
        .scalar_subquery()
    )
    belongs_since = members.c.work_unit_since
    unit_id = case((or_(belongs_since.is_(None), belongs_since <= at), members.c.work_unit_id), else_=before)
    statement = (
        select(
            members.c.member_id,
            enrolments.c.community_id,
            func.coalesce(work_units.c.merged_into, work_units.c.work_unit_id).label("work_unit_id"),
        )
        .join(enrolments, enrolments.c.member_id == members.c.member_id)
        .join(work_units, work_units.c.work_unit_id == unit_id)
        .where(
            is_in_force(at),
            members.c.member_type == MemberType.IN_SERVICE,
            members.c.merged_into.is_(None),
            members.c.erased_at.is_(None),
        )
    )
    if node_id is None:
        return statement
    communities = subtree(node_id, at=at, down_to=Level.COMMUNITY)
    return statement.where(enrolments.c.community_id.in_(select(communities.c.node_id)))


def _subject(row: Any) -> Subject:
    return Subject(member_id=row.member_id, community_id=row.community_id, work_unit_id=row.work_unit_id)
