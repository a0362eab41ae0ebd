"""A database put back to an earlier state, as an operator does it with a backup."""

import secrets
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.database import Database

Restore = Callable[[], Awaitable[None]]
"""Puts the database back to what it was; any number of times."""


async def back_up(database: Database) -> Restore:
    """Copy a database as it is now: the closed file, or every table of the schema."""
    return await (_copy_file(database) if database.is_sqlite else _copy_schema(database))


async def _copy_file(database: Database) -> Restore:
    assert database.url.database
    file = Path(database.url.database)
    copy = file.with_suffix(f".{secrets.token_hex(4)}")
    # The last connection that closes leaves one file, without a journal beside it.
    await database.close()
    shutil.copyfile(file, copy)

    async def restore() -> None:
        await database.close()
        shutil.copyfile(copy, file)

    return restore


async def _copy_schema(database: Database) -> Restore:
    schema, backup = database.schema, f"backup_{secrets.token_hex(4)}"
    async with database.write() as connection:
        tables = await _tables(connection, schema)
        await connection.execute(text(f"CREATE SCHEMA {backup}"))
        for table in tables:
            await connection.execute(text(f"CREATE TABLE {backup}.{table} AS TABLE {schema}.{table}"))

    async def restore() -> None:
        async with database.write() as connection:
            # As a dump is restored: no trigger runs and no reference is checked meanwhile.
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
            named = ", ".join(f"{schema}.{table}" for table in tables)
            await connection.execute(text(f"TRUNCATE {named} CASCADE"))
            for table in tables:
                await connection.execute(text(f"INSERT INTO {schema}.{table} TABLE {backup}.{table}"))

    return restore


async def _tables(connection: AsyncConnection, schema: str) -> list[str]:
    statement = text("SELECT tablename FROM pg_tables WHERE schemaname = :schema ORDER BY tablename")
    return list((await connection.execute(statement, {"schema": schema})).scalars())
