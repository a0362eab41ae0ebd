"""Reads and writes what members have."""

from collections.abc import Collection

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.sql.derived import write_rows
from services.points.domain.account import Account
from services.points.domain.rule_set import Currency
from services.points.storage.grant_rows import CURRENCIES
from services.points.storage.tables import accounts

Accounts = dict[str, dict[Currency, Account]]
"""By member id; a member without entries has none."""

_VALUES = Account._fields


async def read_accounts(connection: AsyncConnection, member_ids: Collection[str]) -> Accounts:
    return await _read(connection, _of(member_ids))


async def lock_accounts(connection: AsyncConnection, member_ids: Collection[str]) -> Accounts:
    """Read accounts and hold them until the end, in the order of their members."""
    in_order = _of(member_ids).order_by(accounts.c.member_id, accounts.c.currency)
    return await _read(connection, in_order.with_for_update())


async def store_accounts(connection: AsyncConnection, changed: Accounts) -> None:
    rows = [
        {"member_id": member_id, "currency": currency, **account._asdict()}
        for member_id, of_member in changed.items()
        for currency, account in of_member.items()
    ]
    await write_rows(connection, accounts, rows)


def _of(member_ids: Collection[str]) -> Select[tuple[object, ...]]:
    return select(accounts).where(is_among(accounts.c.member_id, member_ids))


async def _read(connection: AsyncConnection, statement: Select[tuple[object, ...]]) -> Accounts:
    found: Accounts = {}
    for row in await connection.execute(statement):
        account = Account(*(getattr(row, name) for name in _VALUES))
        found.setdefault(row.member_id, {})[CURRENCIES[row.currency]] = account
    return found
