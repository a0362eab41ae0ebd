"""Reads and writes what members can, offer to do, and when."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Column, Table, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.sql.columns import delete_rows, insert_columns
from services.members.domain.availability import Slot
from services.members.domain.person import Profile
from services.members.domain.vocabulary import TermKind
from services.members.storage.person_tables import availabilities, member_terms

TermRow = tuple[str, str, str]
"""(member id, kind, code)."""
SlotRow = tuple[str, int, int, int]
"""(member id, weekday, starts_minute, ends_minute)."""


async def read_profiles(connection: AsyncConnection, member_ids: Collection[str]) -> dict[str, Profile]:
    """Read profiles by member id; everybody who is asked for has one, perhaps an empty one."""
    if not member_ids:
        return {}
    terms: dict[tuple[str, str], list[str]] = {}
    of_terms = select(member_terms).where(is_among(member_terms.c.member_id, member_ids))
    for row in await connection.execute(of_terms.order_by(member_terms.c.code)):
        terms.setdefault((row.member_id, row.kind), []).append(row.code)
    slots: dict[str, list[Slot]] = {}
    of_slots = select(availabilities).where(is_among(availabilities.c.member_id, member_ids))
    for row in await connection.execute(of_slots):
        slots.setdefault(row.member_id, []).append(
            Slot(weekday=row.weekday, starts_minute=row.starts_minute, ends_minute=row.ends_minute)
        )
    return {
        member_id: Profile(
            skills=tuple(terms.get((member_id, TermKind.SKILL), ())),
            service_types=tuple(terms.get((member_id, TermKind.SERVICE_TYPE), ())),
            availability=tuple(sorted(slots.get(member_id, ()))),
        )
        for member_id in member_ids
    }


async def write_profiles(
    connection: AsyncConnection, *, before: Mapping[str, Profile], after: Mapping[str, Profile]
) -> None:
    """Store the difference between profiles, by member id; the members are locked, or new.

    Args:
        connection: Of a transaction that writes.
        before: As they were read; who is not in it had an empty one. Others than those of `after` stay.
        after: As they are to be.
    """
    held = {member_id: before.get(member_id, Profile()) for member_id in after}
    await _write(connection, member_terms, _term_rows(held), _term_rows(after))
    await _write(connection, availabilities, _slot_rows(held), _slot_rows(after))


async def delete_profiles(connection: AsyncConnection, member_ids: Collection[str]) -> None:
    """Forget what members can, offer to do, and when."""
    for column in (member_terms.c.member_id, availabilities.c.member_id):
        await _delete(connection, column, member_ids)


async def _delete(connection: AsyncConnection, column: Column[str], member_ids: Collection[str]) -> None:
    await connection.execute(delete(column.table).where(is_among(column, member_ids)))


async def _write(
    connection: AsyncConnection, table: Table, held: Iterable[Any], wanted: Iterable[Any]
) -> None:
    gone, new = set(held) - set(wanted), sorted(set(wanted) - set(held))
    key_length = len(table.primary_key.columns)
    await delete_rows(connection, table, {row[:key_length] for row in gone})
    await insert_columns(connection, table, [dict(zip(table.c.keys(), row, strict=True)) for row in new])


def _term_rows(profiles: Mapping[str, Profile]) -> set[TermRow]:
    return {
        (member_id, kind, code)
        for member_id, profile in profiles.items()
        for kind in TermKind
        for code in profile.codes(kind)
    }


def _slot_rows(profiles: Mapping[str, Profile]) -> set[SlotRow]:
    return {
        (member_id, slot.weekday, slot.starts_minute, slot.ends_minute)
        for member_id, profile in profiles.items()
        for slot in profile.availability
    }
