from collections.abc import AsyncGenerator, Mapping, Sequence

import pytest
from sqlalchemy import select

from services.chassis.sql.columns import delete_rows
from services.chassis.sql.database import Database
from services.chassis.sql.derived import write_rows
from tests.integration.chassis.notes import computed, open_database


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    async with open_database(database_url) as opened:
        yield opened


async def write(database: Database, *rows: Mapping[str, object]) -> None:
    async with database.write() as connection:
        await write_rows(connection, computed, rows)


async def held(database: Database) -> Sequence[tuple[object, ...]]:
    async with database.read() as connection:
        found = await connection.execute(select(computed).order_by(computed.c.subject))
        return [tuple(row) for row in found]


class TestDerivedRows:
    async def test_are_inserted_or_replaced_by_their_key(self, database: Database) -> None:
        await write(
            database, {"subject": "b", "texts": "x", "times": 1}, {"subject": "a", "texts": "y", "times": 1}
        )
        await write(
            database, {"subject": "b", "texts": "z", "times": 2}, {"subject": "c", "texts": "w", "times": 1}
        )
        assert await held(database) == [("a", "y", 1), ("b", "z", 2), ("c", "w", 1)]

    async def test_are_deleted_by_their_key_if_they_are_there(self, database: Database) -> None:
        await write(
            database, {"subject": "a", "texts": "x", "times": 1}, {"subject": "b", "texts": "x", "times": 1}
        )
        async with database.write() as connection:
            await delete_rows(connection, computed, [("nobody",), ("a",)])
        assert await held(database) == [("b", "x", 1)]

    async def test_without_any_change_nothing(self, database: Database) -> None:
        await write(database)
        async with database.write() as connection:
            await delete_rows(connection, computed, [])
        assert await held(database) == []
