import asyncio
import time
from collections.abc import Mapping, Sequence

import pytest
from google.protobuf.wrappers_pb2 import StringValue
from sqlalchemy import select

from services.chassis.call import Call, Caller, CallerKind
from services.chassis.facts.consumer import Consumer
from services.chassis.facts.dirty import read_dirty
from services.chassis.facts.waiting import Waiting, applied_positions
from services.chassis.faults import NotCaughtUp
from services.chassis.sql.database import Database
from services.chassis.tables import dirty_positions
from services.chassis.work import Work
from tests.integration.chassis.facts.following import applier, receiver, texts
from tests.integration.chassis.notes import WriteNote, reader, state
from tests.integration.databases import pull_from, working

OLD_AND_NEW = 20


def call() -> Call:
    caller = Caller(kind=CallerKind.SERVICE, id="test")
    return Call(caller=caller, method="Read", deadline=time.monotonic() + 0.3)


def passing_on(to: Mapping[str, str]) -> Consumer:
    """Make a consumer that computes some subjects for others."""
    plain = reader()

    async def apply(work: Work, subjects: Sequence[str]) -> None:
        await plain.apply(work, subjects)
        await work.pass_on({each: to[each] for each in subjects if each in to and to[each] not in subjects})

    return Consumer(name="reader", logs=plain.logs, bodies=plain.bodies, kinds=plain.kinds, apply=apply)


async def first_positions(home: Database) -> dict[tuple[str, str], int]:
    async with home.read() as connection:
        found = await connection.execute(select(dirty_positions))
        return {(row.subject, row.log): row.position for row in found}


class TestMarkingBecauseOfOnesOwnFacts:
    async def test_lets_whoever_waits_for_them_wait_until_it_is_computed(self, home: Database) -> None:
        waiting = Waiting(database=home, log=home.schema, follows=reader().logs)
        for _ in range(2):
            async with working(home) as work:
                work.state(
                    record_id=f"r{time.monotonic_ns()}",
                    revision=1,
                    effective_at=work.now,
                    subjects=[("note", "n")],
                    body=StringValue(value="own"),
                )
                await work.mark(["note:n"])
        await waiting.for_received({home.schema: 2}, call())
        with pytest.raises(NotCaughtUp):
            await waiting.for_applied({home.schema: 1}, call())
        assert await applier(home).apply_some() == 1
        await waiting.for_applied({home.schema: 2}, call())

    async def test_does_not_hold_up_what_was_stated_before(self, home: Database) -> None:
        waiting = Waiting(database=home, log=home.schema, follows=reader().logs)
        async with working(home) as work:
            work.state(
                record_id="before",
                revision=1,
                effective_at=work.now,
                subjects=[],
                body=StringValue(value="own"),
            )
        async with working(home) as work:
            await work.mark(["note:n"])
        await waiting.for_applied({home.schema: 1}, call())


class TestPassingAMarkOn:
    async def test_lets_nobody_be_answered_in_between(
        self, producer: Database, home: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.chassis.facts.applier.SUBJECTS_PER_BATCH", 1)
        consumer = passing_on({"note:a": "note:z"})
        await state(producer, [WriteNote(text="a1", note_id="a")])
        await receiver(home, pull_from(producer)).drain()
        assert await applier(home, consumer).apply_some() == 1
        assert await first_positions(home) == {("note:z", "notes"): 1}
        async with home.read() as connection:
            assert await applied_positions(connection) == {"notes": 0}
        assert await applier(home, consumer).apply_some() == 1
        async with home.read() as connection:
            assert await applied_positions(connection) == {"notes": 1}

    async def test_keeps_the_earlier_of_two_positions(
        self, producer: Database, home: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.chassis.facts.applier.SUBJECTS_PER_BATCH", 1)
        await state(producer, [WriteNote(text="a1", note_id="a"), WriteNote(text="z1", note_id="z")])
        await receiver(home, pull_from(producer)).drain()
        assert await applier(home, passing_on({"note:a": "note:z"})).apply_some() == 1
        assert await first_positions(home) == {("note:z", "notes"): 1}

    async def test_by_appliers_that_pass_on_to_each_other_loses_nothing(
        self, producer: Database, home: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.chassis.facts.applier.SUBJECTS_PER_BATCH", 5)
        names = [f"n{n:02}" for n in range(OLD_AND_NEW)]
        to = {f"note:{old}": f"note:{new}" for old, new in zip(names, reversed(names), strict=True)}
        down = {old: new for old, new in to.items() if old > new}
        up = {old: new for old, new in to.items() if old < new and old[-1] in "13579"}
        await state(producer, [WriteNote(text=name, note_id=name) for name in names])
        await receiver(home, pull_from(producer)).drain()
        for only in (down, up):
            await asyncio.gather(*(applier(home, passing_on(only)).apply_some() for _ in range(4)))
        while await applier(home).apply_some():
            pass
        assert len(await texts(home)) == OLD_AND_NEW
        async with home.read() as connection:
            assert await read_dirty(connection, set(to)) == set()
            assert await applied_positions(connection) == {"notes": OLD_AND_NEW}
