import asyncio
import time

import pytest
from sqlalchemy import event

from services.chassis.call import Call, Caller, CallerKind
from services.chassis.facts.waiting import Waiting
from services.chassis.faults import InvalidField, NotCaughtUp
from services.chassis.sql.database import Database
from tests.integration.chassis.facts.following import applier, receiver
from tests.integration.chassis.notes import WriteNote, reader, state
from tests.integration.databases import pull_from

LONG_SECONDS = 60.0


def call(*, seconds: float = LONG_SECONDS) -> Call:
    caller = Caller(kind=CallerKind.SERVICE, id="test")
    return Call(caller=caller, method="Read", deadline=time.monotonic() + seconds)


def waiting_at(home: Database) -> Waiting:
    return Waiting(database=home, log="reader", follows=reader().logs)


def transactions(database: Database) -> list[object]:
    """Give a list that grows with every transaction."""
    begun: list[object] = []
    event.listen(database.engine.sync_engine, "begin", begun.append)
    return begun


class TestWaitingForPositions:
    async def test_ends_when_they_are_received_and_later_when_they_are_computed(
        self, producer: Database, home: Database
    ) -> None:
        await state(producer, [WriteNote(text="a")])
        waiting = waiting_at(home)
        received = asyncio.create_task(waiting.for_received({"notes": 1}, call()))
        applied = asyncio.create_task(waiting.for_applied({"notes": 1}, call()))
        await receiver(home, pull_from(producer)).drain()
        await received
        assert not applied.done()
        await applier(home).apply_some()
        await applied

    async def test_tells_how_far_it_came_when_the_deadline_is_near(self, home: Database) -> None:
        with pytest.raises(NotCaughtUp):
            await waiting_at(home).for_applied({"notes": 1}, call(seconds=0.0))

    async def test_of_a_log_that_is_not_followed_is_refused(self, home: Database) -> None:
        with pytest.raises(InvalidField):
            await waiting_at(home).for_applied({"elsewhere": 1}, call())

    async def test_for_none_asks_nobody(self, home: Database) -> None:
        begun = transactions(home)
        await waiting_at(home).for_applied({}, call())
        assert not begun

    async def test_by_many_at_once_looks_once_for_all(self, producer: Database, home: Database) -> None:
        await state(producer, [WriteNote(text="a")])
        await receiver(home, pull_from(producer)).drain()
        waiting, begun = waiting_at(home), transactions(home)
        await asyncio.gather(*(waiting.for_received({"notes": 1}, call()) for _ in range(50)))
        assert len(begun) == 1

    async def test_goes_on_for_the_others_when_one_gives_up(self, producer: Database, home: Database) -> None:
        await state(producer, [WriteNote(text="a")])
        await receiver(home, pull_from(producer)).drain()
        waiting = waiting_at(home)
        first = asyncio.create_task(waiting.for_received({"notes": 1}, call()))
        second = asyncio.create_task(waiting.for_received({"notes": 1}, call()))
        await asyncio.sleep(0)
        first.cancel()
        await second
