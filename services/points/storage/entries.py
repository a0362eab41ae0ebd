"""Reads and appends entries; nothing changes or deletes one, and triggers of the database see to it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.ids import new_id
from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import insert_columns
from services.points.domain.account import Entry
from services.points.domain.fact import RecordKey
from services.points.domain.ledger import Booked, Transfer
from services.points.domain.rule_set import Currency
from services.points.storage.grant_rows import CURRENCIES, columns_of, grant_of
from services.points.storage.tables import entries


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as the ledger keeps it."""

    entry_id: str
    member_id: str
    recorded_at: datetime
    booked_period_id: str
    entry: Entry


async def append_entries(connection: AsyncConnection, posted: Sequence[StoredEntry]) -> None:
    await insert_columns(connection, entries, [_columns(each) for each in posted])


async def read_entry(connection: AsyncConnection, entry_id: str) -> StoredEntry | None:
    row = (await connection.execute(select(entries).where(entries.c.entry_id == entry_id))).one_or_none()
    return _stored(row) if row else None


async def read_page(
    connection: AsyncConnection, page: Page, *, member_id: str, currency: Currency
) -> tuple[list[StoredEntry], str]:
    """Read one page of an account by version, oldest first, and the token of the next page."""
    statement = (
        select(entries)
        .where(entries.c.member_id == member_id, entries.c.currency == currency)
        .order_by(entries.c.account_version)
        .limit(page.size + 1)
    )
    if page.after:
        statement = statement.where(entries.c.account_version > page.after[0])
    found = (await connection.execute(statement)).all()
    rows, token = page.cut(found, key=lambda row: (row.account_version,))
    return [_stored(row) for row in rows], token


async def read_entries_of(
    connection: AsyncConnection, member_ids: Collection[str]
) -> dict[str, list[StoredEntry]]:
    """Read all entries of some members, by account and version."""
    found: dict[str, list[StoredEntry]] = {member_id: [] for member_id in member_ids}
    statement = (
        select(entries)
        .where(is_among(entries.c.member_id, found))
        .order_by(entries.c.member_id, entries.c.currency, entries.c.account_version)
    )
    for row in await connection.execute(statement):
        found[row.member_id].append(_stored(row))
    return found


def stored(entry: Entry, *, member_id: str, recorded_at: datetime, booked_period_id: str) -> StoredEntry:
    """Give an entry its id and its place in time."""
    return StoredEntry(
        entry_id=new_id(),
        member_id=member_id,
        recorded_at=recorded_at,
        booked_period_id=booked_period_id,
        entry=entry,
    )


def _columns(posted: StoredEntry) -> dict[str, object]:
    booked = posted.entry.booked
    transfer = booked.transfer
    return {
        **columns_of(posted.entry.grant),
        "entry_id": posted.entry_id,
        "member_id": posted.member_id,
        "from_account": transfer.from_account,
        "to_account": transfer.to_account,
        "amount_milli": transfer.amount_milli,
        "recorded_at": posted.recorded_at,
        "booked_period_id": posted.booked_period_id,
        "balance_after_milli": booked.balance_after_milli,
        "account_version": booked.account_version,
        "stands": posted.entry.stands,
    }


def _stored(row: Row[tuple[object, ...]]) -> StoredEntry:
    transfer = Transfer(
        from_account=row.from_account,
        to_account=row.to_account,
        amount_milli=row.amount_milli,
        currency=CURRENCIES[row.currency],
        effective_at=row.effective_at,
        cause=RecordKey(row.log, row.record_id),
        cause_revision=row.revision,
        rule_set_id=row.rule_set_id,
        rule_id=row.rule_id,
    )
    booked = Booked(
        transfer=transfer,
        balance_after_milli=row.balance_after_milli,
        account_version=row.account_version,
    )
    entry = Entry(booked, grant_of(row, counts=row.stands), stands=row.stands)
    return StoredEntry(
        entry_id=row.entry_id,
        member_id=row.member_id,
        recorded_at=row.recorded_at,
        booked_period_id=row.booked_period_id,
        entry=entry,
    )
