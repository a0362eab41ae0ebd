from sqlalchemy import select

from services.chassis.facts import dirty
from services.chassis.facts.consumer import Consumer
from services.chassis.facts.waiting import applied_positions, count_waiting
from services.chassis.sql.database import Database
from services.chassis.tables import dirty_subjects
from tests.integration.chassis.facts.following import applier, receiver, texts
from tests.integration.chassis.notes import FACTS_A_PULL, WriteNote, reader, state
from tests.integration.databases import pull_from


class TestParking:
    async def test_makes_only_the_poisoned_subject_wait(self, producer: Database, home: Database) -> None:
        await state(producer, [WriteNote(text=t, note_id=t) for t in ("good", "bad", "fine")])
        await receiver(home, pull_from(producer, facts_max=FACTS_A_PULL)).drain()
        await applier(home, reader(poison="bad")).apply_some()
        assert set(await texts(home)) == {"note:good", "note:fine"}
        async with home.read() as connection:
            assert await count_waiting(connection) == (0, 1)
            assert await applied_positions(connection) == {"notes": 3}

    async def test_ends_with_a_replay_once_the_cause_is_mended(
        self, producer: Database, home: Database
    ) -> None:
        await state(producer, [WriteNote(text="bad", note_id="n")])
        await receiver(home, pull_from(producer, facts_max=FACTS_A_PULL)).drain()
        await applier(home, reader(poison="bad")).apply_some()
        assert await applier(home).apply_some() == 0
        async with home.write() as connection:
            assert await dirty.replay(connection, [], now=await home.now(connection)) == 1
        assert await applier(home).apply_some() == 1
        assert await texts(home) == {"note:n": "bad"}

    async def test_holds_a_fact_of_an_unknown_type_until_it_is_understood(
        self, producer: Database, home: Database
    ) -> None:
        await state(producer, [WriteNote(text="later", note_id="n")])
        old = Consumer(name="reader", logs=("notes",), bodies={}, kinds=frozenset(), apply=reader().apply)
        await receiver(home, pull_from(producer, facts_max=FACTS_A_PULL), old).drain()
        await applier(home, old).apply_some()
        async with home.write() as connection:
            parked = (await connection.execute(select(dirty_subjects))).one()
            assert (parked.subject, parked.attempts) == ("fact:notes/n", 1)
            assert "google.protobuf.StringValue" in parked.error
            await dirty.replay(connection, [], now=await home.now(connection))
        await applier(home).apply_some()
        await applier(home).apply_some()
        assert await texts(home) == {"note:n": "later"}
