import asyncio
import random

import pytest
from google.protobuf.wrappers_pb2 import StringValue
from linli.feed.v1.fact_pb2 import Cursor, Fact

from services.chassis.facts import log
from services.chassis.faults import LogDiverged
from services.chassis.sql.database import Database
from services.chassis.work import Work
from tests.integration.chassis.notes import WriteNote, state


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
