"""Rows that are computed from others and stored by the difference, whatever their table."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.columns import insert_columns


async def write_rows(connection: AsyncConnection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert rows, or replace those with the same primary key, in the order of keys."""
    key = [column.name for column in table.primary_key]
    ordered = sorted(rows, key=lambda row: [row[name] for name in key])
    await insert_columns(connection, table, ordered, conflict="replace")
