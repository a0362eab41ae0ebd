import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from services.chassis.door import Door, Effect
from services.chassis.faults import (
    DeadlinePassed,
    Fault,
    ItemFailed,
    NotApplied,
    Overloaded,
    RequestIdReused,
)
from services.chassis.requests import RequestSecret
from services.chassis.sql.database import Database
from tests.integration.chassis.notes import BREAKS, NoteEmpty, notes, open_database, open_door, parcel
from tests.integration.databases import count


@asynccontextmanager
async def running_door(database: Database) -> AsyncGenerator[Door]:
    door = open_door(database)
    running = asyncio.create_task(door.run())
    try:
        yield door
    finally:
        running.cancel()


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture
async def door(database: Database) -> AsyncGenerator[Door]:
    async with running_door(database) as door:
        yield door


def effect(outcome: Effect | Fault) -> Effect:
    assert isinstance(outcome, Effect), outcome
    return outcome


class TestOneCall:
    async def test_is_acknowledged_with_the_position_of_its_fact(self, door: Door) -> None:
        (first,) = await door.submit(parcel("one"))
        (second,) = await door.submit(parcel("two"))
        assert [effect(first).position, effect(second).position] == [1, 2]

    async def test_refused_changes_nothing(self, door: Door, database: Database) -> None:
        (outcome,) = await door.submit(parcel(""))
        assert isinstance(outcome, NoteEmpty)
        assert await count(database, notes) == 0

    async def test_past_its_deadline_is_dropped_before_the_transaction(
        self, door: Door, database: Database
    ) -> None:
        (outcome,) = await door.submit(parcel("late", seconds=-1))
        assert isinstance(outcome, DeadlinePassed)
        assert await count(database, notes) == 0


class TestManyCalls:
    async def test_that_wait_share_a_transaction_and_keep_their_own_outcomes(
        self, door: Door, database: Database
    ) -> None:
        outcomes = await asyncio.gather(*(door.submit(parcel(f"{n}" if n % 10 else "")) for n in range(100)))
        refused = [n for n, (outcome,) in enumerate(outcomes) if isinstance(outcome, NoteEmpty)]
        assert refused == list(range(0, 100, 10))
        positions = sorted(outcome.position for (outcome,) in outcomes if isinstance(outcome, Effect))
        assert positions == list(range(1, 91))
        assert await count(database, notes) == 90

    async def test_with_one_that_breaks_the_database_fail_only_there(self, database: Database) -> None:
        door = open_door(database)
        waiting = [asyncio.create_task(door.submit(parcel(text))) for text in ("a", "same", "b", "same", "c")]
        await asyncio.sleep(0)
        running = asyncio.create_task(door.run())
        outcomes = [(await task)[0] for task in waiting]
        running.cancel()
        assert [isinstance(outcome, Effect) for outcome in outcomes] == [True, True, True, False, True]
        assert await count(database, notes) == 4

    async def test_with_one_that_breaks_the_program_fail_only_there(self, database: Database) -> None:
        door = open_door(database)
        texts = ("a", BREAKS, "b")
        waiting = [asyncio.create_task(door.submit(parcel(text))) for text in texts]
        await asyncio.sleep(0)
        running = asyncio.create_task(door.run())
        outcomes = [(await task)[0] for task in waiting]
        running.cancel()
        assert [type(outcome) for outcome in outcomes] == [Effect, ItemFailed, Effect]
        assert await count(database, notes) == 2

    async def test_beyond_what_may_wait_are_shed(self, database: Database) -> None:
        door = open_door(database)
        crowd = [asyncio.create_task(door.submit(parcel(*["x"] * 1_000))) for _ in range(20)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await door.submit(parcel("one more"))
        for task in crowd:
            task.cancel()


class TestARequestSentAgain:
    async def test_gets_the_same_answer_and_has_no_second_effect(
        self, door: Door, database: Database
    ) -> None:
        (first,) = await door.submit(parcel("once", request_id="r1"))
        await door.submit(parcel("between"))
        (again,) = await door.submit(parcel("once", request_id="r1"))
        assert again == first
        assert await count(database, notes) == 2

    async def test_by_64_callers_at_once_has_one_effect_and_equal_answers(
        self, door: Door, database: Database
    ) -> None:
        answers = await asyncio.gather(*(door.submit(parcel("once", request_id="r1")) for _ in range(64)))
        assert len({effect(answer).id for (answer,) in answers}) == 1
        assert len({effect(answer).position for (answer,) in answers}) == 1
        assert await count(database, notes) == 1

    async def test_through_two_processes_at_once_has_one_effect(self, database: Database) -> None:
        async with running_door(database) as one, running_door(database) as two:
            for n in range(20):
                sent = [
                    door.submit(parcel(f"n{n}", request_id=f"r{n}")) for door in (one, two) for _ in range(4)
                ]
                answers = await asyncio.gather(*sent)
                assert len({effect(answer).id for (answer,) in answers}) == 1
        assert await count(database, notes) == 20

    async def test_with_another_body_names_the_field(self, door: Door, database: Database) -> None:
        await door.submit(parcel("once", request_id="r1"))
        (outcome,) = await door.submit(parcel("other", request_id="r1"))
        assert isinstance(outcome, RequestIdReused)
        assert outcome.field == "text"
        assert await count(database, notes) == 1

    async def test_after_the_key_of_digests_changed_gets_the_same_answer(self, database: Database) -> None:
        async with running_door(database) as door:
            (first,) = await door.submit(parcel("once", request_id="r1"))
            door.secret = RequestSecret.of(b"another key")
            (again,) = await door.submit(parcel("once", request_id="r1"))
        assert again == first
        assert await count(database, notes) == 1

    async def test_after_a_refusal_is_decided_anew(self, door: Door) -> None:
        (refused,) = await door.submit(parcel("", request_id="r1"))
        (written,) = await door.submit(parcel("now", request_id="r1"))
        assert isinstance(refused, NoteEmpty)
        assert effect(written).position == 1

    async def test_within_one_batch_has_one_effect(self, door: Door, database: Database) -> None:
        twice = parcel("once", "once", request_id="r1")
        first, second = await door.submit(twice)
        assert first == second
        assert await count(database, notes) == 1


class TestABatch:
    async def test_keeps_the_good_items_when_one_is_bad(self, door: Door, database: Database) -> None:
        outcomes = await door.submit(parcel("a", "", "b"))
        assert [isinstance(outcome, Effect) for outcome in outcomes] == [True, False, True]
        assert await count(database, notes) == 2

    async def test_all_or_nothing_writes_nothing_when_one_is_bad(
        self, door: Door, database: Database
    ) -> None:
        outcomes = await door.submit(parcel("a", "", "b", alone="all_or_nothing"))
        assert [type(outcome) for outcome in outcomes] == [NotApplied, NoteEmpty, NotApplied]
        assert await count(database, notes) == 0

    async def test_as_a_dry_run_decides_and_writes_nothing(self, door: Door, database: Database) -> None:
        outcomes = await door.submit(parcel("a", "", alone="dry_run"))
        assert [type(outcome) for outcome in outcomes] == [Effect, NoteEmpty]
        assert await count(database, notes) == 0
        (written,) = await door.submit(parcel("a"))
        assert effect(written).position == 1

    async def test_item_of_a_caller_that_gave_up_still_counts_once(
        self, door: Door, database: Database
    ) -> None:
        abandoned = asyncio.create_task(door.submit(parcel("once", request_id="r1")))
        await asyncio.sleep(0)
        abandoned.cancel()
        (answer,) = await door.submit(parcel("once", request_id="r1"))
        assert effect(answer).position == 1
        assert await count(database, notes) == 1
