"""Rows that are computed from others and stored by the difference, whatever their table."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Table, and_, bindparam, delete
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.statements import insert


async def delete_rows(connection: AsyncConnection, table: Table, keys: Collection[tuple[Any, ...]]) -> None:
    """Delete rows by primary key, in one statement; a key that is not there is as good as deleted."""
    if not keys:
        return
    columns = list(table.primary_key)
    named = [f"key_{column.name}" for column in columns]
    is_gone = and_(*(column == bindparam(name) for column, name in zip(columns, named, strict=True)))
    rows = [dict(zip(named, key, strict=True)) for key in sorted(keys)]
    await connection.execute(delete(table).where(is_gone), rows)


async def write_rows(
    connection: AsyncConnection, table: Table, rows: Iterable[Mapping[str, Any]], *, dialect: str
) -> None:
    """Insert rows, or replace those with the same primary key, in one statement and the order of keys."""
    key = [column.name for column in table.primary_key]
    ordered = sorted(rows, key=lambda row: [row[name] for name in key])
    if not ordered:
        return
    statement = insert(table, dialect=dialect)
    replaced = {column.name: statement.excluded[column.name] for column in table.c if column.name not in key}
    await connection.execute(statement.on_conflict_do_update(index_elements=key, set_=replaced), ordered)
