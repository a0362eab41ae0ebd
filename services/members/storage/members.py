"""Reads and writes the register, without personal data."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.paging import cut_out
from services.chassis.sql.statements import insert_free
from services.chassis.work import Work
from services.members.domain.faults import MemberUnknown
from services.members.domain.register import Member, MemberType
from services.members.storage.tables import members


async def read_members(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, Member]:
    """Read members by id; those who do not exist are left out."""
    statement = select(members).where(members.c.member_id.in_(set(member_ids)))
    return {row.member_id: _member(row) for row in await connection.execute(statement)}


async def lock_members(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, Member]:
    """Read members and keep others from deciding about them until the transaction ends."""
    statement = (
        select(members)
        .where(members.c.member_id.in_(set(member_ids)))
        .order_by(members.c.member_id)
        # Weaker than FOR UPDATE: rows that refer to the member may be inserted meanwhile.
        .with_for_update(key_share=True)
    )
    return {row.member_id: _member(row) for row in await connection.execute(statement)}


async def read_survivor(connection: AsyncConnection, member_id: str) -> str:
    """Read for whom an id stands: the member itself, or the one it was merged into.

    Raises:
        MemberUnknown: Nobody has or had this id.
    """
    found = await read_members(connection, [member_id])
    if member_id not in found:
        raise MemberUnknown(field="member_id", member_id=member_id)
    return found[member_id].merged_into or member_id


async def list_members(
    connection: AsyncConnection, page: Page, *, work_unit_id: str | None
) -> Sequence[Member]:
    """Read members (of a work unit, if named) in the order of their codes; one more than the page holds."""
    statement = cut_out(select(members), page, members.c.code)
    if work_unit_id is not None:
        statement = statement.where(members.c.work_unit_id == work_unit_id)
    return [_member(row) for row in await connection.execute(statement)]


async def insert_members(work: Work, registered: Collection[Member]) -> set[str]:
    """Insert members; returns the ids of those whose code was still free."""
    rows = [
        {
            "member_id": member.id,
            "code": member.code,
            "member_type": member.member_type,
            "work_unit_id": member.work_unit_id,
            "registered_at": member.registered_at,
            "probationary": member.probationary,
            "revision": member.revision,
        }
        for member in sorted(registered, key=lambda member: member.code)
    ]
    return await insert_free(work.connection, members.c.member_id, rows)


def _member(row: Any) -> Member:
    return Member(
        id=row.member_id,
        code=row.code,
        member_type=MemberType(row.member_type),
        work_unit_id=row.work_unit_id,
        registered_at=row.registered_at,
        probationary=row.probationary,
        merged_into=row.merged_into,
        erased_at=row.erased_at,
        revision=row.revision,
    )
