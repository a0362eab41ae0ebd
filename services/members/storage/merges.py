"""Reads and writes merges, what they did to records, and which merges are in force."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import insert_columns, update_columns
from services.chassis.sql.database import RunAgain
from services.chassis.sql.paging import cut_out
from services.members.domain.merge import BelongingKind, Merge, Outcome, RecordKey
from services.members.domain.register import Member
from services.members.storage.members import lock_members, read_members
from services.members.storage.person_tables import member_merges, merged_records
from services.members.storage.tables import members

_IS_RECORD = merged_records.c.kind != BelongingKind.TERM
"""Terms are words that any number of members have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedRecord:
    """What a merge did to a record."""

    key: RecordKey
    home_id: str
    """Whose it would be if nobody had been merged."""
    became: Outcome
    given_back: bool = False
    """The merge was taken back, and the record is as it would be without it."""


async def read_duplicates(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, str]:
    """Read who was merged into these members: survivors by the duplicate's id."""
    statement = select(members.c.member_id, members.c.merged_into).where(
        is_among(members.c.merged_into, member_ids)
    )
    return dict((await connection.execute(statement)).all())


async def read_merged(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, str]:
    """Read whom these members were merged into, as far as they were: survivors by the duplicate's id."""
    statement = select(members.c.member_id, members.c.merged_into).where(
        is_among(members.c.member_id, member_ids), members.c.merged_into.is_not(None)
    )
    return dict((await connection.execute(statement)).all())


async def list_survivors(connection: AsyncConnection, *, after: str, up_to: str | None) -> set[str]:
    """Read who survived a merge, of the ids that follow one and reach up to another, or to the end."""
    statement = select(members.c.merged_into).where(members.c.merged_into > after)
    if up_to is not None:
        statement = statement.where(members.c.merged_into <= up_to)
    return set((await connection.execute(statement)).scalars())


async def read_ids_of_persons(connection: AsyncConnection, member_ids: Collection[str]) -> set[str]:
    """Read the ids of everybody who is the same person as one of these members; themselves included."""
    known = await read_members(connection, member_ids)
    standing = {member.merged_into or member.id for member in known.values()}
    return standing | known.keys() | (await read_duplicates(connection, standing)).keys()


async def lock_persons(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, Member]:
    """Lock everybody who is the same person as one of these members.

    Raises:
        RunAgain: Somebody was merged while we waited.
    """
    persons = await read_ids_of_persons(connection, member_ids)
    locked = await lock_members(connection, persons)
    if await read_ids_of_persons(connection, member_ids) != persons:
        raise RunAgain
    return locked


async def update_standing(connection: AsyncConnection, changed: Iterable[Member]) -> None:
    """Store whom members stand for, and their revisions."""
    rows = [
        {"member_id": member.id, "merged_into": member.merged_into, "revision": member.revision}
        for member in changed
    ]
    await update_columns(connection, members.c.member_id, rows)


async def insert_merge(connection: AsyncConnection, merge: Merge, records: Sequence[MergedRecord]) -> None:
    await connection.execute(
        insert(member_merges).values(
            merge_id=merge.id,
            survivor_id=merge.survivor_id,
            duplicate_id=merge.duplicate_id,
            reason=merge.reason,
            merged_by=merge.merged_by,
            merged_at=merge.merged_at,
        )
    )
    rows = [
        {
            "merge_id": merge.id,
            "kind": each.key.kind,
            "record_id": each.key.record_id,
            "home_id": each.home_id,
            "became": each.became,
        }
        for each in records
    ]
    await insert_columns(connection, merged_records, rows)


async def update_undone(
    connection: AsyncConnection, merge: Merge, *, given_back: Collection[RecordKey]
) -> None:
    """Store that a merge was taken back, and which of its records are as they would be without it."""
    await connection.execute(
        update(member_merges)
        .where(member_merges.c.merge_id == merge.id)
        .values(undone_by=merge.undone_by, undone_at=merge.undone_at, undone_reason=merge.undone_reason)
    )
    if given_back:
        is_given_back = and_(
            merged_records.c.merge_id == merge.id,
            merged_records.c.kind == bindparam("of_kind"),
            merged_records.c.record_id == bindparam("record"),
        )
        rows = [{"of_kind": kind, "record": record_id} for kind, record_id in sorted(given_back)]
        await connection.execute(update(merged_records).where(is_given_back).values(given_back=True), rows)


async def read_merge(connection: AsyncConnection, merge_id: str) -> Merge | None:
    found = await connection.execute(select(member_merges).where(member_merges.c.merge_id == merge_id))
    row = found.one_or_none()
    return _merge(row) if row else None


async def list_merges(connection: AsyncConnection, page: Page, *, member_id: str) -> list[Merge]:
    """Read the merges that name a member, in the order of their ids; one more than the page holds."""
    named = or_(member_merges.c.survivor_id == member_id, member_merges.c.duplicate_id == member_id)
    statement = cut_out(select(member_merges).where(named), page, member_merges.c.merge_id)
    return [_merge(row) for row in await connection.execute(statement)]


async def read_merges_in_force(connection: AsyncConnection, duplicate_ids: Collection[str]) -> dict[str, str]:
    """Read the merges in force of some duplicates: survivors by the duplicate's id, one step each."""
    statement = select(member_merges.c.duplicate_id, member_merges.c.survivor_id).where(
        is_among(member_merges.c.duplicate_id, duplicate_ids), member_merges.c.undone_at.is_(None)
    )
    return dict((await connection.execute(statement)).all())


async def read_records(connection: AsyncConnection, merge_id: str) -> list[MergedRecord]:
    """Read what a merge did, by kind and record."""
    statement = (
        select(merged_records)
        .where(merged_records.c.merge_id == merge_id)
        .order_by(merged_records.c.kind, merged_records.c.record_id)
    )
    return [_record(row) for row in await connection.execute(statement)]


async def read_homes_of(connection: AsyncConnection, keys: Collection[RecordKey]) -> dict[RecordKey, str]:
    """Read where records are at home that a merge has touched before; the others are where they belong."""
    statement = select(merged_records.c.kind, merged_records.c.record_id, merged_records.c.home_id).where(
        is_among(merged_records.c.record_id, {key.record_id for key in keys}), _IS_RECORD
    )
    return _homes(await connection.execute(statement))


async def read_at_home(connection: AsyncConnection, member_ids: Collection[str]) -> dict[RecordKey, str]:
    """Read the records that merges have touched and that are at home with these members."""
    statement = select(merged_records.c.kind, merged_records.c.record_id, merged_records.c.home_id).where(
        is_among(merged_records.c.home_id, member_ids), _IS_RECORD
    )
    return _homes(await connection.execute(statement))


def _homes(rows: Iterable[Any]) -> dict[RecordKey, str]:
    return {RecordKey(BelongingKind(row.kind), row.record_id): row.home_id for row in rows}


def _merge(row: Any) -> Merge:
    return Merge(
        id=row.merge_id,
        survivor_id=row.survivor_id,
        duplicate_id=row.duplicate_id,
        reason=row.reason,
        merged_by=row.merged_by,
        merged_at=row.merged_at,
        undone_by=row.undone_by,
        undone_at=row.undone_at,
        undone_reason=row.undone_reason,
    )


def _record(row: Any) -> MergedRecord:
    return MergedRecord(
        key=RecordKey(BelongingKind(row.kind), row.record_id),
        home_id=row.home_id,
        became=Outcome(row.became),
        given_back=row.given_back,
    )
