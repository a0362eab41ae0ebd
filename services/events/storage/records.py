"""Records and rows: a field of a record is the column of the same name."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.columns import update_columns


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
    names = (key.name, *columns)
    await update_columns(
        connection, key, [{name: getattr(record, name) for name in names} for record in records]
    )
