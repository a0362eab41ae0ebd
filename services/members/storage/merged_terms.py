"""Unites the skills and service types of members who turned out to be one, and parts them again.

The duplicate keeps its own. The survivor gets those that it does not have of its own, and every merge lists
what it gave, whether another had given it before or not; so each can be taken back by itself.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.columns import delete_rows, insert_columns
from services.members.domain.merge import BelongingKind, Merge, RecordKey
from services.members.storage.person_tables import member_merges, member_terms, merged_records


async def read_terms_given(
    connection: AsyncConnection, *, survivor_id: str, duplicate_id: str
) -> list[RecordKey]:
    """Read which terms a merge would give to the survivor."""
    given = await _read_listed(connection, survivor_id)
    own = await _read_terms(connection, survivor_id) - {key for keys in given.values() for key in keys}
    return sorted(await _read_terms(connection, duplicate_id) - own)


async def unite_terms(connection: AsyncConnection, *, survivor_id: str, given: Iterable[RecordKey]) -> None:
    """Give terms to the survivor, who may have some of them from another merge."""
    rows = [dict(zip(_NAMES, (survivor_id, *_term(key)), strict=True)) for key in sorted(given)]
    await insert_columns(connection, member_terms, rows, conflict="ignore")


async def part_terms(connection: AsyncConnection, merge: Merge) -> None:
    """Take back the terms that a merge in force gave to the survivor, and to whom that was merged into."""
    merge_id, survivor_id = merge.id, merge.survivor_id
    listed = await _read_listed(connection, survivor_id)
    gone = listed.pop(merge_id, set())
    while gone:
        gone -= {key for keys in listed.values() for key in keys}
        await delete_rows(connection, member_terms, [(survivor_id, *_term(key)) for key in gone])
        onward = await connection.execute(
            select(member_merges.c.merge_id, member_merges.c.survivor_id).where(
                member_merges.c.duplicate_id == survivor_id, member_merges.c.undone_at.is_(None)
            )
        )
        step = onward.one_or_none()
        if step is None:
            return
        merge_id, survivor_id = step
        listed = await _read_listed(connection, survivor_id)
        gone &= listed.pop(merge_id, set())
        # Whoever was merged never had them of its own, so it did not give them either.
        await delete_rows(connection, merged_records, [(merge_id, *key) for key in gone])


_NAMES = tuple(column.name for column in member_terms.primary_key)


async def _read_terms(connection: AsyncConnection, member_id: str) -> set[RecordKey]:
    statement = select(member_terms.c.kind, member_terms.c.code).where(member_terms.c.member_id == member_id)
    return {
        RecordKey(BelongingKind.TERM, f"{kind}:{code}") for kind, code in await connection.execute(statement)
    }


async def _read_listed(connection: AsyncConnection, survivor_id: str) -> dict[str, set[RecordKey]]:
    """Read what each merge in force gave to a survivor."""
    statement = (
        select(merged_records.c.merge_id, merged_records.c.record_id)
        .join(member_merges, member_merges.c.merge_id == merged_records.c.merge_id)
        .where(
            member_merges.c.survivor_id == survivor_id,
            member_merges.c.undone_at.is_(None),
            merged_records.c.kind == BelongingKind.TERM,
        )
    )
    listed: dict[str, set[RecordKey]] = {}
    for merge_id, record_id in await connection.execute(statement):
        listed.setdefault(merge_id, set()).add(RecordKey(BelongingKind.TERM, record_id))
    return listed


def _term(key: RecordKey) -> tuple[str, str]:
    kind, _, code = key.record_id.partition(":")
    return kind, code
