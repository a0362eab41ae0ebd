"""What happens when all connections are taken."""

from contextlib import AsyncExitStack

import pytest

from services.chassis.faults import DatabaseUnavailable
from services.chassis.sql.database import CONNECTIONS_MAX
from tests.integration.chassis.notes import open_database


class TestConnections:
    async def test_a_read_that_gets_none_in_time_is_told_to_come_again(self, postgres_url: str) -> None:
        async with open_database(postgres_url) as database, AsyncExitStack() as stack:
            for _ in range(CONNECTIONS_MAX):
                await stack.enter_async_context(database.read())

            with pytest.raises(DatabaseUnavailable):
                async with database.read():
                    pass
