"""Statements that SQLAlchemy spells per dialect, behind one name."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.columns import insert_columns


def insert(table: Table, *, dialect: str) -> Any:
    """Start an insert that knows `ON CONFLICT` on either dialect."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


async def insert_free(
    connection: AsyncConnection, key: Column[str], rows: Sequence[Mapping[str, Any]]
) -> set[str]:
    """Insert the rows that violate no unique constraint; another transaction may have been faster.

    Args:
        connection: Of a transaction that writes.
        key: The primary key of the table to insert into.
        rows: All with the same columns; in the order of what must be unique, so that two writers of the same
            rows wait for each other instead of locking each other out.

    Returns:
        The keys of the rows that were inserted.
    """
    return set(await insert_columns(connection, key.table, rows, conflict="ignore", returning=key))
