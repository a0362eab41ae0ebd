import asyncio
import random
from collections.abc import AsyncGenerator

import pytest
from google.protobuf.wrappers_pb2 import StringValue
from linli.feed.v1.fact_pb2 import Cursor, Fact
from sqlalchemy import select, update

from services.chassis.doorbell import Bell
from services.chassis.facts import dirty, log
from services.chassis.facts.applier import Applier
from services.chassis.facts.consumer import Consumer
from services.chassis.facts.receiver import Pull, Receiver
from services.chassis.facts.waiting import applied_positions, count_waiting, received_positions
from services.chassis.faults import LogDiverged
from services.chassis.sql.database import Database
from services.chassis.tables import dirty_subjects, installation, received_facts
from services.chassis.work import Work
from tests.integration.chassis.notes import (
    WriteNote,
    computed,
    count,
    open_database,
    pull_from,
    reader,
    state,
)


@pytest.fixture
async def producer(database_url: str) -> AsyncGenerator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture
async def home(database_url: str) -> AsyncGenerator[Database]:
    """The consumer's database: another file, or another schema."""
    async with open_database(database_url.replace("linli.db", "reader.db"), schema="reader") as database:
        yield database


def receiver(home: Database, pull: Pull, consumer: Consumer | None = None) -> Receiver:
    return Receiver(
        consumer=consumer or reader(),
        log="notes",
        database=home,
        pull=pull,
        bell=Bell(),
        received=Bell(),
    )


def applier(home: Database, consumer: Consumer | None = None) -> Applier:
    return Applier(consumer=consumer or reader(), database=home, received=Bell(), stated=Bell())


async def texts(home: Database) -> dict[str, str]:
    async with home.read() as connection:
        rows = await connection.execute(select(computed.c.subject, computed.c.texts))
        return dict(rows.all())


class TestTheLog:
    async def test_has_no_gap_with_32_writers_that_dawdle_before_its_lock(self, producer: Database) -> None:
        chance = random.Random(7)

        async def write(writer: int) -> None:
            for n in range(6):
                async with producer.write() as connection:
                    now = await producer.now(connection)
                    work = Work(connection=connection, now=now, log="notes", dialect=producer.dialect)
                    for part in range(chance.randrange(1, 4)):
                        work.state(
                            record_id=f"{writer}-{n}-{part}",
                            revision=1,
                            effective_at=now,
                            subjects=[],
                            body=StringValue(value="x"),
                        )
                    await asyncio.sleep(chance.random() * 0.01)
                    await log.append(connection, work.stated, log="notes", dialect=producer.dialect)

        seen: list[Fact] = []

        async def follow(writing: asyncio.Task[None]) -> None:
            cursor = Cursor()
            while True:
                is_last = writing.done()
                async with producer.read() as connection:
                    page = await log.read_after(connection, cursor, facts_max=50)
                if not page.facts and is_last:
                    return
                seen.extend(page.facts)
                if page.facts:
                    last = page.facts[-1]
                    cursor = Cursor(log_id=page.head.log_id, position=last.position, fact_id=last.fact_id)
                await asyncio.sleep(0.001)

        async def write_all() -> None:
            async with asyncio.TaskGroup() as tasks:
                for writer in range(32):
                    tasks.create_task(write(writer))

        writing = asyncio.create_task(write_all())
        await follow(writing)
        await writing
        assert [fact.position for fact in seen] == list(range(1, len(seen) + 1))
        assert len({fact.record_id for fact in seen}) == len(seen) >= 32 * 6

    async def test_never_shows_a_fact_before_its_cause(self, producer: Database) -> None:
        """Each writer reads what is committed, names it as the cause, and dawdles before the lock."""
        writers = 4 if producer.is_sqlite else 32
        chance = random.Random(11)

        async def write(writer: int) -> None:
            for n in range(5):
                async with producer.write() as connection:
                    page = await log.read_after(connection, Cursor(), facts_max=1_000)
                    read = [("notes", fact.record_id, fact.revision) for fact in page.facts[-3:]]
                    now = await producer.now(connection)
                    work = Work(connection=connection, now=now, log="notes", dialect=producer.dialect)
                    work.state(
                        record_id=f"{writer}-{n}",
                        revision=1,
                        effective_at=now,
                        subjects=[],
                        causes=read,
                        body=StringValue(value="x"),
                    )
                    await asyncio.sleep(chance.random() * 0.01)
                    await log.append(connection, work.stated, log="notes", dialect=producer.dialect)

        async with asyncio.TaskGroup() as tasks:
            for writer in range(writers):
                tasks.create_task(write(writer))
        async with producer.read() as connection:
            facts = (await log.read_after(connection, Cursor(), facts_max=1_000)).facts
        position = {fact.record_id: fact.position for fact in facts}
        causes = [(fact.position, position[cause.record_id]) for fact in facts for cause in fact.causes]
        assert len(facts) == writers * 5
        assert len(causes) > writers
        assert all(cause < effect for effect, cause in causes)

    async def test_refuses_a_cursor_of_another_log(self, producer: Database) -> None:
        await state(producer, [WriteNote(text="a")])
        async with producer.read() as connection:
            with pytest.raises(LogDiverged):
                await log.read_after(connection, Cursor(log_id="other", position=1, fact_id="x"), facts_max=5)

    async def test_refuses_a_cursor_beyond_its_end(self, producer: Database) -> None:
        await state(producer, [WriteNote(text="a")])
        async with producer.read() as connection:
            head = await log.read_head(connection)
            beyond = Cursor(log_id=head.log_id, position=9, fact_id="lost")
            with pytest.raises(LogDiverged):
                await log.read_after(connection, beyond, facts_max=5)


class TestReceiving:
    async def test_keeps_every_fact_and_computes_its_subject(
        self, producer: Database, home: Database
    ) -> None:
        await state(producer, [WriteNote(text=f"t{n}", note_id=f"n{n}") for n in range(20)])
        await receiver(home, pull_from(producer)).drain()
        assert await applier(home).apply_some() == 20
        assert await texts(home) == {f"note:n{n}": f"t{n}" for n in range(20)}
        async with home.read() as connection:
            assert await applied_positions(connection) == {"notes": 20}

    async def test_twice_changes_nothing(self, producer: Database, home: Database) -> None:
        await state(producer, [WriteNote(text="a", note_id="n")])
        for _ in range(2):
            await receiver(home, pull_from(producer)).drain()
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
        keeper = receiver(home, pull_from(producer))
        for n in range(0, len(to_come), 4):
            async with home.write() as connection:
                now = await home.now(connection)
                batch = {fact.position: fact for fact in to_come[n : n + 4]}
                await keeper.keep_facts(connection, list(batch.values()), now=now)
            await applier(home).apply_some()
        assert await texts(home) == {f"note:{n}": f"{n} v3" for n in "abc"}

    async def test_by_two_at_once_keeps_each_fact_once(self, producer: Database, home: Database) -> None:
        await state(producer, [WriteNote(text=f"t{n}") for n in range(60)])
        both = [receiver(home, pull_from(producer)) for _ in range(2)]
        for _ in range(60):
            await asyncio.gather(*(one.drain() for one in both))
        assert await count(home, received_facts) == 60

    async def test_stops_at_a_log_that_was_replaced(self, producer: Database, home: Database) -> None:
        await state(producer, [WriteNote(text="a")])
        await receiver(home, pull_from(producer)).drain()
        async with producer.write() as connection:
            await connection.execute(update(installation).values(log_id="restored"))
        await state(producer, [WriteNote(text="b")])
        with pytest.raises(LogDiverged):
            await receiver(home, pull_from(producer)).drain()
        async with home.read() as connection:
            assert await received_positions(connection) == {"notes": 1}


class TestAWholeKindMarked:
    async def _settle(self, producer: Database, home: Database) -> None:
        await state(producer, [WriteNote(text=f"t{n}", note_id=f"n{n}") for n in range(5)])
        await receiver(home, pull_from(producer)).drain()
        await applier(home).apply_some()

    async def _mark_all(self, home: Database, kind: str) -> None:
        async with home.write() as connection:
            await dirty.mark_all(connection, kind, now=await home.now(connection), dialect=home.dialect)

    async def test_is_computed_anew_and_no_position_is_claimed_before(
        self, producer: Database, home: Database
    ) -> None:
        await self._settle(producer, home)
        await self._mark_all(home, "note")
        for _ in range(2):
            async with home.read() as connection:
                assert await applied_positions(connection) == {"notes": 0}
            await applier(home).apply_some()
        async with home.read() as connection:
            assert await applied_positions(connection) == {"notes": 5}
            times = (await connection.execute(select(computed.c.times))).scalars().all()
        assert times == [2] * 5

    async def test_takes_in_who_waits_already_and_who_came_meanwhile(
        self, producer: Database, home: Database
    ) -> None:
        await self._settle(producer, home)
        await self._mark_all(home, "note")
        await self._mark_all(home, "note")
        await state(producer, [WriteNote(text=f"t{n}", note_id=f"n{n}") for n in range(5, 8)])
        await receiver(home, pull_from(producer)).drain()
        assert [await applier(home).apply_some() for _ in range(3)] == [4, 5, 0]
        async with home.read() as connection:
            assert await applied_positions(connection) == {"notes": 8}

    async def test_leaves_other_kinds_alone(self, producer: Database, home: Database) -> None:
        await self._settle(producer, home)
        await self._mark_all(home, "not")
        assert [await applier(home).apply_some() for _ in range(2)] == [1, 0]


class TestParking:
    async def test_makes_only_the_poisoned_subject_wait(self, producer: Database, home: Database) -> None:
        await state(producer, [WriteNote(text=t, note_id=t) for t in ("good", "bad", "fine")])
        await receiver(home, pull_from(producer)).drain()
        await applier(home, reader(poison="bad")).apply_some()
        assert set(await texts(home)) == {"note:good", "note:fine"}
        async with home.read() as connection:
            assert await count_waiting(connection) == (0, 1)
            assert await applied_positions(connection) == {"notes": 3}

    async def test_ends_with_a_replay_once_the_cause_is_mended(
        self, producer: Database, home: Database
    ) -> None:
        await state(producer, [WriteNote(text="bad", note_id="n")])
        await receiver(home, pull_from(producer)).drain()
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
        await receiver(home, pull_from(producer), old).drain()
        await applier(home, old).apply_some()
        async with home.write() as connection:
            parked = (await connection.execute(select(dirty_subjects))).one()
            assert (parked.subject, parked.attempts) == ("fact:notes/n", 1)
            assert "google.protobuf.StringValue" in parked.error
            await dirty.replay(connection, [], now=await home.now(connection))
        await applier(home).apply_some()
        await applier(home).apply_some()
        assert await texts(home) == {"note:n": "later"}


class TestApplying:
    async def test_by_two_at_once_computes_each_subject_once(
        self, producer: Database, home: Database
    ) -> None:
        await state(producer, [WriteNote(text=f"t{n}") for n in range(50)])
        await receiver(home, pull_from(producer)).drain()
        counts = await asyncio.gather(*(applier(home).apply_some() for _ in range(4)))
        assert sum(counts) == 50
        async with home.read() as connection:
            times = (await connection.execute(select(computed.c.times))).scalars().all()
        assert times == [1] * 50

    async def test_sees_a_fact_that_arrives_while_it_computes(
        self, producer: Database, home: Database
    ) -> None:
        await state(producer, [WriteNote(text="v1", note_id="n")])
        await receiver(home, pull_from(producer)).drain()
        slow = reader()
        started = asyncio.Event()

        async def apply(work: Work, subjects: list[str]) -> None:
            await slow.apply(work, subjects)
            started.set()
            await asyncio.sleep(0.1)

        dawdler = Consumer(
            name="reader",
            logs=slow.logs,
            bodies=slow.bodies,
            kinds=slow.kinds,
            apply=apply,  # type: ignore[arg-type]
        )
        computing = asyncio.create_task(applier(home, dawdler).apply_some())
        await started.wait()
        await state(producer, [WriteNote(text="v2", note_id="n", revision=2)])
        await receiver(home, pull_from(producer)).drain()
        await computing
        await applier(home).apply_some()
        assert await texts(home) == {"note:n": "v2"}
