"""A log that replaced another under the same name is followed only once a person accepts it."""

from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import delete, select

from services.chassis.facts.cursor import read_cursor
from services.chassis.faults import LogReplaced
from services.chassis.sql.database import Database
from services.chassis.tables import facts, installation
from tests.integration.chassis.facts.rejoining import another, follow, kept, new, rejoin_of, some
from tests.integration.chassis.notes import state
from tests.integration.databases import pull_from


class TestAReplacedLog:
    @pytest.fixture
    async def replaced(
        self, database_url: str, home: Database, producer: Database
    ) -> AsyncGenerator[Database]:
        """Another database under the same name, after the consumer followed the first."""
        await state(producer, some("kept", 3))
        await follow(home, pull_from(producer))
        async with another(database_url, schema="elsewhere") as database:
            await state(database, [new("another", "kept1"), new("more", "more")])
            yield database

    async def test_is_followed_only_once_it_is_accepted_by_its_id(
        self, home: Database, replaced: Database, newcomer: Database
    ) -> None:
        pull = pull_from(replaced)
        before = await kept(home)
        for accepted in ("", "some-other"):
            with pytest.raises(LogReplaced) as refused:
                await rejoin_of(home, pull).run("notes", accept_log_id=accepted)
        async with replaced.read() as connection:
            log_id: str = (await connection.execute(select(installation.c.log_id))).scalar_one()
        assert refused.value.metadata["log_id"] == log_id
        assert log_id in refused.value.message
        assert await kept(home) == before
        rejoined = await rejoin_of(home, pull).run("notes", accept_log_id=log_id)
        assert (rejoined.common.position, rejoined.facts_dropped) == (0, 3)
        await follow(home, pull)
        await follow(newcomer, pull)
        assert await kept(home) == await kept(newcomer)

    async def test_that_is_empty_leaves_nothing(self, home: Database, replaced: Database) -> None:
        async with replaced.write() as connection:
            await connection.execute(delete(facts))
            log_id: str = (await connection.execute(select(installation.c.log_id))).scalar_one()
        pull = pull_from(replaced)
        rejoined = await rejoin_of(home, pull).run("notes", accept_log_id=log_id)
        assert rejoined.common.log_id == log_id
        await follow(home, pull)
        found = await kept(home)
        assert (found["texts"], found["received_facts"]) == ({}, [])
        async with home.read() as connection:
            assert (await read_cursor(connection, "notes")).log_id == log_id
