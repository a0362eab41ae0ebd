"""Reads and writes the register, without personal data."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import update_columns
from services.chassis.sql.paging import cut_out
from services.chassis.sql.statements import insert_free
from services.chassis.work import Work
from services.members.domain.faults import MemberUnknown
from services.members.domain.register import Member, MemberType, PastWorkUnit
from services.members.storage.affiliations import read_past_work_units
from services.members.storage.tables import members

MERGES_IN_A_ROW_MAX: Final = 32
"""A survivor may turn out to be somebody else in turn, and so on."""


async def read_members(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, Member]:
    """Read members by id; those who do not exist are left out."""
    statement = select(members).where(members.c.member_id.in_(set(member_ids)))
    return {member.id: member for member in await _read(connection, statement)}


async def lock_members(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, Member]:
    """Read members and keep others from deciding about them until the transaction ends."""
    statement = (
        select(members)
        .where(members.c.member_id.in_(set(member_ids)))
        .order_by(members.c.member_id)
        # Weaker than FOR UPDATE: rows that refer to the member may be inserted meanwhile.
        .with_for_update(key_share=True)
    )
    return {member.id: member for member in await _read(connection, statement)}


async def read_survivor(connection: AsyncConnection, member_id: str) -> str:
    """Read for whom an id stands: the member itself, or the one it was merged into.

    Raises:
        MemberUnknown: Nobody has or had this id.
    """
    found = await read_members(connection, [member_id])
    if member_id not in found:
        raise MemberUnknown(field="member_id", member_id=member_id)
    return found[member_id].merged_into or member_id


async def lock_codes(connection: AsyncConnection, codes: Collection[str]) -> dict[str, Member]:
    """Read and lock members by code; codes that nobody has are left out."""
    statement = select(members.c.member_id).where(is_among(members.c.code, codes))
    held = await lock_members(connection, (await connection.execute(statement)).scalars().all())
    return {member.code: member for member in held.values()}


async def read_survivors(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, Member]:
    """Read who members are now, by the id asked for: one who turned out to be somebody else is that one."""
    answers = await read_members(connection, member_ids)
    for _ in range(MERGES_IN_A_ROW_MAX):
        onward = {member.merged_into for member in answers.values() if member.merged_into}
        if not onward:
            break
        survivors = await read_members(connection, onward)
        answers = {
            asked: survivors[member.merged_into] if member.merged_into else member
            for asked, member in answers.items()
        }
    return answers


async def list_members(
    connection: AsyncConnection, page: Page, *, among: Select[tuple[str]]
) -> Sequence[Member]:
    """Read members in the order of their codes; one more than the page holds."""
    statement = cut_out(select(members), page, members.c.code)
    return await _read(connection, statement.where(members.c.member_id.in_(among)))


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


async def update_members(connection: AsyncConnection, changed: Collection[Member]) -> None:
    """Store members who are locked; code, registration and what they were merged into stay."""
    rows = [
        {
            "member_id": member.id,
            "member_type": member.member_type,
            "probationary": member.probationary,
            "work_unit_id": member.work_unit_id,
            "erased_at": member.erased_at,
            "revision": member.revision,
        }
        for member in changed
    ]
    await update_columns(connection, members.c.member_id, rows)


async def _read(connection: AsyncConnection, statement: Select[Any]) -> list[Member]:
    rows = (await connection.execute(statement)).all()
    past = await read_past_work_units(connection, [row.member_id for row in rows if row.work_unit_since])
    return [_member(row, past.get(row.member_id, ())) for row in rows]


def _member(row: Any, past: tuple[PastWorkUnit, ...]) -> Member:
    return Member(
        id=row.member_id,
        code=row.code,
        member_type=MemberType(row.member_type),
        work_unit_id=row.work_unit_id,
        work_unit_since=row.work_unit_since,
        past_work_units=past,
        registered_at=row.registered_at,
        probationary=row.probationary,
        merged_into=row.merged_into,
        erased_at=row.erased_at,
        revision=row.revision,
    )
