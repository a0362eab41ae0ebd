"""A producer restored to an earlier state is followed again as if the lost facts had never come."""

import pytest
from google.protobuf.wrappers_pb2 import StringValue
from sqlalchemy import select

from services.chassis.facts.consumer import Consumer
from services.chassis.facts.pulling import Pull
from services.chassis.facts.waiting import applied_positions, received_positions
from services.chassis.faults import LogDiverged
from services.chassis.sql.database import Database
from services.chassis.tables import dirty_positions, dirty_subjects
from tests.integration.chassis.facts.following import applier, receiver
from tests.integration.chassis.facts.rejoining import follow, kept, new, rejoin_of, restored, some, verified
from tests.integration.chassis.notes import reader, state
from tests.integration.databases import count
from tests.integration.restoring import back_up


class TestAfterARestore:
    @pytest.mark.parametrize("number", [0, 4, 9, 10, 11, 30], ids=lambda n: f"{n}-others")
    async def test_the_consumer_comes_to_what_one_has_that_never_knew_the_lost_facts(
        self, producer: Database, home: Database, newcomer: Database, pull: Pull, number: int
    ) -> None:
        others = some("other", number)
        if others:
            others[0] = new("kept 4, corrected otherwise", "kept4", 2)
        await restored(producer, home, pull, then=others)
        with pytest.raises(LogDiverged):
            await receiver(home, pull).drain()
        rejoined = await rejoin_of(home, pull).run("notes")
        assert (rejoined.common.position, rejoined.facts_dropped) == (20, 10)
        assert (rejoined.records_touched, rejoined.subjects_touched) == (10, 10)
        await follow(home, pull)
        await follow(newcomer, pull)
        assert await kept(home) == await kept(newcomer)
        assert await verified(home, pull) == []

    async def test_a_dry_run_says_the_same_and_changes_nothing(
        self, producer: Database, home: Database, pull: Pull
    ) -> None:
        await restored(producer, home, pull, then=some("other", 3))
        before = await kept(home)
        dry = await rejoin_of(home, pull).run("notes", dry_run=True)
        assert await kept(home) == before
        assert await rejoin_of(home, pull).run("notes") == dry

    async def test_nothing_is_said_to_be_computed_that_still_rests_on_lost_facts(
        self, producer: Database, home: Database, pull: Pull
    ) -> None:
        await state(producer, some("kept", 5))
        restore = await back_up(producer)
        await state(producer, [new("lost", "kept0", 2), new("lost too", "late", 1)])
        await receiver(home, pull).drain()
        await restore()
        await state(producer, [new("other 1", "x"), new("other 2", "y"), new("other 3", "kept0", 2)])
        await rejoin_of(home, pull).run("notes")
        await receiver(home, pull).drain()
        async with home.read() as connection:
            assert await received_positions(connection) == {"notes": 8}
            marks = dict(
                (
                    await connection.execute(select(dirty_positions.c.subject, dirty_positions.c.position))
                ).all()
            )
        # `late` was marked at 7, which means another fact now.
        assert (marks["note:late"], marks["note:kept0"], marks["note:kept1"]) == (6, 1, 2)
        await follow(home, pull)
        async with home.read() as connection:
            assert await applied_positions(connection) == {"notes": 8}

    async def test_a_lost_fact_that_nobody_understood_no_longer_parks(
        self, producer: Database, home: Database, pull: Pull
    ) -> None:
        strange = Consumer(name="reader", logs=("notes",), bodies={}, kinds=frozenset(), apply=reader().apply)
        await state(producer, [new("kept", "kept")])
        await follow(home, pull)
        restore = await back_up(producer)
        await state(producer, [new("lost", "lost")])
        await receiver(home, pull, strange).drain()
        await applier(home, strange).apply_some()
        await restore()
        await rejoin_of(home, pull, strange).run("notes")
        while await applier(home, strange).apply_some():
            pass
        assert await count(home, dirty_subjects) == 0

    async def test_a_consumer_that_computes_nothing_just_has_other_facts(
        self, producer: Database, home: Database, newcomer: Database, pull: Pull
    ) -> None:
        keeper = Consumer(
            name="reader",
            logs=("notes",),
            bodies={"google.protobuf.StringValue": StringValue},
            kinds=frozenset(),
            apply=reader().apply,
        )
        await state(producer, some("kept", 3))
        restore = await back_up(producer)
        await state(producer, some("lost", 3))
        await receiver(home, pull, keeper).drain()
        await restore()
        await state(producer, some("other", 5))
        rejoined = await rejoin_of(home, pull, keeper).run("notes")
        assert (rejoined.facts_dropped, rejoined.subjects_touched) == (3, 0)
        for database in (home, newcomer):
            await receiver(database, pull, keeper).drain()
        assert await kept(home) == await kept(newcomer)
        assert await count(home, dirty_subjects) == 0

    async def test_more_records_than_one_round_takes_are_forgotten(
        self,
        producer: Database,
        home: Database,
        newcomer: Database,
        monkeypatch: pytest.MonkeyPatch,
        pull: Pull,
    ) -> None:
        monkeypatch.setattr("services.chassis.facts.dropping.RECORDS_PER_ROUND", 1)
        await restored(producer, home, pull, then=[])
        await rejoin_of(home, pull).run("notes")
        await follow(home, pull)
        await follow(newcomer, pull)
        assert await kept(home) == await kept(newcomer)

    async def test_of_a_consumer_it_keeps_once_what_it_kept_already(
        self, producer: Database, home: Database, newcomer: Database, pull: Pull
    ) -> None:
        await state(producer, some("a", 10))
        await follow(home, pull)
        restore = await back_up(home)
        await state(producer, [*some("b", 10), new("a 1, corrected", "a1", 2)])
        await follow(home, pull)
        await restore()
        await follow(home, pull)
        await follow(newcomer, pull)
        assert await kept(home) == await kept(newcomer)
