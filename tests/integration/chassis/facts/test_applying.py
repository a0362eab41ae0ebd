import asyncio

import pytest
from sqlalchemy import select

from services.chassis.facts import dirty
from services.chassis.facts.consumer import Consumer
from services.chassis.facts.waiting import applied_positions
from services.chassis.sql.database import Database
from services.chassis.work import Work
from tests.integration.chassis.facts.following import applier, receiver, texts
from tests.integration.chassis.notes import FACTS_A_PULL, WriteNote, computed, reader, state
from tests.integration.databases import pull_from


class TestApplying:
    async def test_by_two_at_once_computes_each_subject_once(
        self, producer: Database, home: Database
    ) -> None:
        await state(producer, [WriteNote(text=f"t{n}") for n in range(50)])
        await receiver(home, pull_from(producer, facts_max=FACTS_A_PULL)).drain()
        counts = await asyncio.gather(*(applier(home).apply_some() for _ in range(4)))
        assert sum(counts) == 50
        async with home.read() as connection:
            times = (await connection.execute(select(computed.c.times))).scalars().all()
        assert times == [1] * 50

    async def test_sees_a_fact_that_arrives_while_it_computes(
        self, producer: Database, home: Database
    ) -> None:
        await state(producer, [WriteNote(text="v1", note_id="n")])
        await receiver(home, pull_from(producer, facts_max=FACTS_A_PULL)).drain()
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
        await receiver(home, pull_from(producer, facts_max=FACTS_A_PULL)).drain()
        await computing
        await applier(home).apply_some()
        assert await texts(home) == {"note:n": "v2"}


class TestABatch:
    async def test_takes_no_more_subjects_than_their_records_allow(
        self, producer: Database, home: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.chassis.facts.applier.RECORDS_PER_BATCH", 3)
        await state(producer, [WriteNote(text=f"t{n}") for n in range(7)])
        await receiver(home, pull_from(producer, facts_max=FACTS_A_PULL)).drain()
        assert [await applier(home).apply_some() for _ in range(4)] == [3, 3, 1, 0]
        assert len(await texts(home)) == 7

    async def test_takes_one_subject_however_many_records_it_has(
        self, producer: Database, home: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.chassis.facts.applier.RECORDS_PER_BATCH", 0)
        await state(producer, [WriteNote(text=f"t{n}") for n in range(2)])
        await receiver(home, pull_from(producer, facts_max=FACTS_A_PULL)).drain()
        assert [await applier(home).apply_some() for _ in range(3)] == [1, 1, 0]


class TestAWholeKindMarked:
    async def _settle(self, producer: Database, home: Database) -> None:
        await state(producer, [WriteNote(text=f"t{n}", note_id=f"n{n}") for n in range(5)])
        await receiver(home, pull_from(producer, facts_max=FACTS_A_PULL)).drain()
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
        await receiver(home, pull_from(producer, facts_max=FACTS_A_PULL)).drain()
        assert [await applier(home).apply_some() for _ in range(3)] == [4, 5, 0]
        async with home.read() as connection:
            assert await applied_positions(connection) == {"notes": 8}

    async def test_leaves_other_kinds_alone(self, producer: Database, home: Database) -> None:
        await self._settle(producer, home)
        await self._mark_all(home, "not")
        assert [await applier(home).apply_some() for _ in range(2)] == [1, 0]
