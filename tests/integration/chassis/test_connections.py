"""What happens when the database lets nobody in, or nobody through."""

from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.faults import DatabaseUnavailable
from services.chassis.sql.database import ATTEMPTS_MAX, CONNECTIONS_MAX
from tests.integration.chassis.notes import open_database


class TestConnections:
    async def test_a_read_that_gets_none_in_time_is_told_to_come_again(self, postgres_url: str) -> None:
        async with open_database(postgres_url) as database, AsyncExitStack() as stack:
            for _ in range(CONNECTIONS_MAX):
                await stack.enter_async_context(database.read())

            with pytest.raises(DatabaseUnavailable):
                async with database.read():
                    pass


class TestATransaction:
    @pytest.mark.parametrize("state", ["40001", "40P01"])
    async def test_that_others_are_always_in_the_way_of_is_told_to_come_again(
        self, postgres_url: str, state: str
    ) -> None:
        begun = 0

        async def deadlock(connection: AsyncConnection) -> None:
            nonlocal begun
            begun += 1
            await connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END $$"))

        async with open_database(postgres_url) as database:
            with pytest.raises(DatabaseUnavailable):
                await database.transact(deadlock)
        assert begun == ATTEMPTS_MAX
