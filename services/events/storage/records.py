"""Records and rows: a field of a record is the column of the same name."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Table, bindparam, update
from sqlalchemy.ext.asyncio import AsyncConnection


def row_of(record: object, table: Table) -> dict[str, Any]:
    """Make the row of a record."""
    return {name: getattr(record, name) for name in table.c.keys()}  # noqa: SIM118 - columns, not a dict


async def update_records(
    connection: AsyncConnection, key: Column[str], records: Sequence[object], *, columns: Sequence[str]
) -> None:
    """Store these columns of records that were read, and locked, in this transaction.

    Args:
        connection: Of a transaction that writes.
        key: The primary key.
        records: Any number, none included.
        columns: What the step may have changed.
    """
    if not records:
        return
    statement = (
        update(key.table)
        .where(key == bindparam("of"))
        .values({name: bindparam(f"new_{name}") for name in columns})
    )
    await connection.execute(
        statement,
        [
            {"of": getattr(record, key.name)} | {f"new_{name}": getattr(record, name) for name in columns}
            for record in records
        ],
    )
