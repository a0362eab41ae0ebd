"""Reads and writes enrolments."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.domain.enrolment import Enrolment
from services.members.storage.tables import enrolments


async def read_enrolments(
    connection: AsyncConnection, enrolment_ids: Collection[str]
) -> dict[str, Enrolment]:
    """Read enrolments by id; those that do not exist are left out."""
    statement = select(enrolments).where(enrolments.c.enrolment_id.in_(set(enrolment_ids)))
    return {row.enrolment_id: _enrolment(row) for row in await connection.execute(statement)}


async def read_history(connection: AsyncConnection, member_ids: Collection[str]) -> Sequence[Enrolment]:
    """Read all enrolments of some members, those of one member in the order of time; not those withdrawn."""
    statement = (
        select(enrolments)
        .where(enrolments.c.member_id.in_(set(member_ids)), ~enrolments.c.withdrawn)
        .order_by(enrolments.c.member_id, enrolments.c.enrolled_at)
    )
    return [_enrolment(row) for row in await connection.execute(statement)]


async def read_members_of(connection: AsyncConnection, enrolment_ids: Collection[str]) -> set[str]:
    """Read whose enrolments these are; that changes when members are merged."""
    statement = select(enrolments.c.member_id).where(enrolments.c.enrolment_id.in_(set(enrolment_ids)))
    return set((await connection.execute(statement)).scalars())


async def read_enrolments_in(connection: AsyncConnection, community_id: str) -> Sequence[Enrolment]:
    """Read all enrolments that are or were with a community, but for those withdrawn."""
    statement = select(enrolments).where(enrolments.c.community_id == community_id, ~enrolments.c.withdrawn)
    return [_enrolment(row) for row in await connection.execute(statement)]


async def read_active_in(connection: AsyncConnection, community_ids: Collection[str]) -> Sequence[Enrolment]:
    """Read the active enrolments of some communities, in the order of members."""
    statement = (
        select(enrolments)
        .where(
            enrolments.c.community_id.in_(set(community_ids)),
            enrolments.c.ended_at.is_(None),
            ~enrolments.c.withdrawn,
        )
        .order_by(enrolments.c.member_id)
    )
    return [_enrolment(row) for row in await connection.execute(statement)]


async def read_in_force(connection: AsyncConnection, *, member_id: str, at: datetime) -> Enrolment | None:
    """Read the enrolment of a member that was in force at a time."""
    statement = select(enrolments).where(enrolments.c.member_id == member_id, is_in_force(at))
    row = (await connection.execute(statement)).one_or_none()
    return _enrolment(row) if row else None


def is_in_force(at: datetime, /) -> ColumnElement[bool]:
    """Say in SQL whether an enrolment is in force at a time; of one member at most one is."""
    return (
        ~enrolments.c.withdrawn
        & (enrolments.c.enrolled_at <= at)
        & or_(enrolments.c.ended_at.is_(None), enrolments.c.ended_at > at)
    )


async def insert_enrolments(connection: AsyncConnection, begun: Sequence[Enrolment]) -> None:
    """Insert enrolments of members that are locked."""
    if begun:
        rows = [
            {
                "enrolment_id": enrolment.id,
                "member_id": enrolment.member_id,
                "community_id": enrolment.community_id,
                "enrolled_at": enrolment.enrolled_at,
                "ended_at": enrolment.ended_at,
                "revision": enrolment.revision,
            }
            for enrolment in begun
        ]
        await connection.execute(insert(enrolments), rows)


async def update_ended(connection: AsyncConnection, ended: Sequence[Enrolment]) -> None:
    """Store the ends of enrolments of members that are locked."""
    if ended:
        statement = (
            update(enrolments)
            .where(enrolments.c.enrolment_id == bindparam("of"))
            .values(ended_at=bindparam("at"), revision=bindparam("now_at_revision"))
        )
        rows = [
            {"of": enrolment.id, "at": enrolment.ended_at, "now_at_revision": enrolment.revision}
            for enrolment in ended
        ]
        await connection.execute(statement, rows)


def _enrolment(row: Any) -> Enrolment:
    return Enrolment(
        id=row.enrolment_id,
        member_id=row.member_id,
        community_id=row.community_id,
        enrolled_at=row.enrolled_at,
        ended_at=row.ended_at,
        revision=row.revision,
        withdrawn=row.withdrawn,
    )
