import asyncio
import random
from contextlib import suppress

import pytest
from linli.feed.v1.fact_pb2 import Cursor
from linli.feed.v1.feed_pb2 import PullRequest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from services.chassis.facts import log
from services.chassis.facts.cursor import move_cursor
from services.chassis.facts.waiting import applied_positions, received_positions
from services.chassis.faults import LogDiverged
from services.chassis.sql.database import IDLE_IN_TRANSACTION_MS, Database
from services.chassis.tables import installation, received_facts
from tests.integration.chassis.facts.following import applier, receiver, texts
from tests.integration.chassis.notes import FACTS_A_PULL, WriteNote, state
from tests.integration.databases import count, pull_from


class TestReceiving:
    async def test_keeps_every_fact_and_computes_its_subject(
        self, producer: Database, home: Database
    ) -> None:
        await state(producer, [WriteNote(text=f"t{n}", note_id=f"n{n}") for n in range(20)])
        await receiver(home, pull_from(producer, facts_max=FACTS_A_PULL)).drain()
        assert await applier(home).apply_some() == 20
        assert await texts(home) == {f"note:n{n}": f"t{n}" for n in range(20)}
        async with home.read() as connection:
            assert await applied_positions(connection) == {"notes": 20}

    async def test_goes_on_beside_one_that_is_frozen_with_the_cursor(
        self, producer: Database, home: Database
    ) -> None:
        if home.is_sqlite:
            pytest.skip("one process has the file, and its writers take turns")
        await state(producer, [WriteNote(text="a", note_id="n")])
        pulled = await pull_from(producer)(PullRequest(log="notes", max_facts=10))
        last = Cursor(log_id=pulled.head.log_id, position=1, fact_id=pulled.facts[0].fact_id)
        with suppress(DBAPIError):
            async with home.write() as frozen:
                assert await move_cursor(frozen, "notes", held=Cursor(), to=last)
                # Sooner than PostgreSQL would end a session that is idle anywhere else.
                async with asyncio.timeout(IDLE_IN_TRANSACTION_MS / 1000 - 5):
                    await receiver(home, pull_from(producer)).drain()
        assert await count(home, received_facts) == 1

    async def test_twice_changes_nothing(self, producer: Database, home: Database) -> None:
        await state(producer, [WriteNote(text="a", note_id="n")])
        for _ in range(2):
            await receiver(home, pull_from(producer, facts_max=FACTS_A_PULL)).drain()
        assert await count(home, received_facts) == 1

    async def test_keeps_the_highest_revision_in_any_order_and_number(
        self, producer: Database, home: Database
    ) -> None:
        revisions = [WriteNote(text=f"{n} v{r}", note_id=n, revision=r) for n in "abc" for r in (1, 2, 3)]
        await state(producer, revisions)
        async with producer.read() as connection:
            facts = (await log.read_after(connection, Cursor(), facts_max=100)).facts
        to_come = facts * 3
        random.Random(5).shuffle(to_come)
        keeper = receiver(home, pull_from(producer, facts_max=FACTS_A_PULL))
        for n in range(0, len(to_come), 4):
            async with home.write() as connection:
                now = await home.now(connection)
                batch = {fact.position: fact for fact in to_come[n : n + 4]}
                await keeper.keep_facts(connection, list(batch.values()), now=now)
            await applier(home).apply_some()
        assert await texts(home) == {f"note:{n}": f"{n} v3" for n in "abc"}

    async def test_by_two_at_once_keeps_each_fact_once(self, producer: Database, home: Database) -> None:
        await state(producer, [WriteNote(text=f"t{n}") for n in range(60)])
        both = [receiver(home, pull_from(producer, facts_max=FACTS_A_PULL)) for _ in range(2)]
        for _ in range(60):
            await asyncio.gather(*(one.drain() for one in both))
        assert await count(home, received_facts) == 60

    async def test_stops_at_a_log_that_was_replaced(self, producer: Database, home: Database) -> None:
        await state(producer, [WriteNote(text="a")])
        await receiver(home, pull_from(producer, facts_max=FACTS_A_PULL)).drain()
        async with producer.write() as connection:
            await connection.execute(update(installation).values(log_id="restored"))
        await state(producer, [WriteNote(text="b")])
        with pytest.raises(LogDiverged):
            await receiver(home, pull_from(producer, facts_max=FACTS_A_PULL)).drain()
        async with home.read() as connection:
            assert await received_positions(connection) == {"notes": 1}
