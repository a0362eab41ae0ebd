"""Reads and writes enrolments."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.sql.database import RunAgain
from services.members.domain.enrolment import Enrolment
from services.members.storage.members import lock_members
from services.members.storage.renewals import read_renewed_periods
from services.members.storage.tables import enrolments


async def read_enrolments(
    connection: AsyncConnection, enrolment_ids: Collection[str]
) -> dict[str, Enrolment]:
    """Read enrolments by id; those that do not exist are left out."""
    statement = select(enrolments).where(is_among(enrolments.c.enrolment_id, sorted(set(enrolment_ids))))
    return {each.id: each for each in await complete(connection, await connection.execute(statement))}


async def read_history(connection: AsyncConnection, member_ids: Collection[str]) -> Sequence[Enrolment]:
    """Read all enrolments of some members, those of one member in the order of time; not those withdrawn."""
    statement = (
        select(enrolments)
        .where(is_among(enrolments.c.member_id, sorted(set(member_ids))), ~enrolments.c.withdrawn)
        .order_by(enrolments.c.member_id, enrolments.c.enrolled_at)
    )
    return await complete(connection, await connection.execute(statement))


async def read_members_of(connection: AsyncConnection, enrolment_ids: Collection[str]) -> set[str]:
    """Read whose enrolments these are; that changes when members are merged."""
    statement = select(enrolments.c.member_id).where(
        is_among(enrolments.c.enrolment_id, sorted(set(enrolment_ids)))
    )
    return set((await connection.execute(statement)).scalars())


async def read_histories_of(
    connection: AsyncConnection, enrolment_ids: Collection[str]
) -> Sequence[Enrolment]:
    """Read all enrolments of the members whose enrolments these are."""
    return await read_history(connection, await read_members_of(connection, enrolment_ids))


async def lock_histories(connection: AsyncConnection, enrolment_ids: Collection[str]) -> Sequence[Enrolment]:
    """Lock the members whose enrolments these are, and read all of theirs.

    Raises:
        RunAgain: One came to belong to another member meanwhile, because two were merged.
    """
    member_ids = await read_members_of(connection, enrolment_ids)
    await lock_members(connection, member_ids)
    if await read_members_of(connection, enrolment_ids) != member_ids:
        raise RunAgain
    return await read_history(connection, member_ids)


async def read_enrolments_in(connection: AsyncConnection, community_id: str) -> Sequence[Enrolment]:
    """Read all enrolments that are or were with a community, but for those withdrawn."""
    statement = select(enrolments).where(enrolments.c.community_id == community_id, ~enrolments.c.withdrawn)
    return await complete(connection, await connection.execute(statement))


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
    return await complete(connection, await connection.execute(statement))


async def read_in_force(connection: AsyncConnection, *, member_id: str, at: datetime) -> Enrolment | None:
    """Read the enrolment of a member that was in force at a time."""
    statement = select(enrolments).where(enrolments.c.member_id == member_id, is_in_force(at))
    found = await complete(connection, await connection.execute(statement))
    return found[0] if found else None


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
                "late": enrolment.late,
                "revision": enrolment.revision,
            }
            for enrolment in begun
        ]
        await connection.execute(insert(enrolments), rows)


async def update_enrolments(connection: AsyncConnection, changed: Sequence[Enrolment]) -> None:
    """Store what became of enrolments of members that are locked, one after the other.

    Args:
        connection: Of a transaction that writes.
        changed: In an order in which two of a member are never in force at once.
    """
    if changed:
        statement = (
            update(enrolments)
            .where(enrolments.c.enrolment_id == bindparam("of"))
            .values(
                enrolled_at=bindparam("from"),
                ended_at=bindparam("until"),
                late=bindparam("is_late"),
                revision=bindparam("now_at_revision"),
            )
        )
        rows = [
            {
                "of": each.id,
                "from": each.enrolled_at,
                "until": each.ended_at,
                "is_late": each.late,
                "now_at_revision": each.revision,
            }
            for each in changed
        ]
        await connection.execute(statement, rows)


async def complete(connection: AsyncConnection, rows: Iterable[Any]) -> list[Enrolment]:
    """Make enrolments of rows with the columns of the table, in their order."""
    held = list(rows)
    renewed = await read_renewed_periods(connection, [row.enrolment_id for row in held])
    return [
        Enrolment(
            id=row.enrolment_id,
            member_id=row.member_id,
            community_id=row.community_id,
            enrolled_at=row.enrolled_at,
            ended_at=row.ended_at,
            revision=row.revision,
            late=row.late,
            withdrawn=row.withdrawn,
            renewed_periods=renewed.get(row.enrolment_id, ()),
        )
        for row in held
    ]
