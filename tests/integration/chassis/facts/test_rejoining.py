"""A producer restored to an earlier state: reported, and followed again when a person says so."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import StringValue
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse
from sqlalchemy import delete, select
from structlog.testing import capture_logs

from services.chassis.facts.consumer import Consumer
from services.chassis.facts.cursor import read_cursor
from services.chassis.facts.pulling import Pull
from services.chassis.facts.receiver import Receiver
from services.chassis.facts.rejoin import Rejoin
from services.chassis.facts.waiting import applied_positions, received_positions
from services.chassis.faults import (
    DatabaseUnavailable,
    LogDiverged,
    LogNotFollowed,
    LogReplaced,
    LogUnreachable,
    NotDiverged,
)
from services.chassis.jobs.verify import checks_of_facts
from services.chassis.sql.database import Database
from services.chassis.tables import (
    cursors,
    dirty_positions,
    dirty_subjects,
    facts,
    installation,
    received_facts,
    received_subjects,
)
from tests.integration.chassis.facts.following import applier, receiver, texts
from tests.integration.chassis.notes import (
    FACTS_A_PULL,
    WriteNote,
    computed,
    notes,
    open_database,
    reader,
    state,
)
from tests.integration.databases import count, findings, pull_from
from tests.integration.restoring import back_up
from tests.servers.process import START_SECONDS_MAX

LOOK_SECONDS = 0.01
CONSUMED = (cursors, received_facts, received_subjects, dirty_subjects, dirty_positions, computed)
PRODUCED = (facts, notes)


def new(text: str, note_id: str, revision: int = 1) -> WriteNote:
    return WriteNote(text=text, note_id=note_id, revision=revision)


def some(word: str, number: int) -> list[WriteNote]:
    return [new(f"{word} {n}", f"{word}{n}") for n in range(number)]


async def follow(home: Database, pull: Pull) -> None:
    """Keep and compute everything there is."""
    await receiver(home, pull).drain()
    while await applier(home).apply_some():
        pass


def rejoin_of(home: Database, pull: Pull, consumer: Consumer | None = None) -> Rejoin:
    return Rejoin(consumer=consumer or reader(), database=home, pull=pull)


async def kept(home: Database) -> dict[str, Any]:
    """Read all that a consumer has, but for how it came to it."""
    async with home.read() as connection:
        found = {
            table.name: sorted((await connection.execute(select(table))).all())
            for table in CONSUMED
            if table is not computed
        }
    # Of a log or a note of which nothing is left there may be a row that says so.
    found[cursors.name] = [row for row in found[cursors.name] if row.position]
    return {**found, "texts": {subject: text for subject, text in (await texts(home)).items() if text}}


async def verified(home: Database, pull: Pull) -> list[str]:
    return await findings(home, *checks_of_facts(logs=["notes"], pull=pull))


@asynccontextmanager
async def another(database_url: str, *, schema: str) -> AsyncGenerator[Database]:
    async with open_database(database_url.replace("linli.db", f"{schema}.db"), schema=schema) as database:
        yield database


@pytest.fixture
async def pull(producer: Database) -> Pull:
    return pull_from(producer, facts_max=FACTS_A_PULL)


@pytest.fixture
async def newcomer(database_url: str) -> AsyncGenerator[Database]:
    """A consumer that has followed nothing yet."""
    async with another(database_url, schema="newcomer") as database:
        yield database


async def restored(producer: Database, home: Database, pull: Pull, *, then: Sequence[WriteNote]) -> None:
    """Follow 20 + 10 facts, restore the producer to the first 20, and state others."""
    await state(producer, some("kept", 20))
    restore = await back_up(producer)
    lost = [*some("lost", 8), new("kept 3, corrected", "kept3", 2), new("kept 4, corrected", "kept4", 2)]
    await state(producer, lost)
    await follow(home, pull)
    await restore()
    if then:
        await state(producer, then)


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


class TestTheCommonPosition:
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    async def test_is_found_and_all_after_it_undone_whatever_was_lost(
        self, producer: Database, home: Database, newcomer: Database, pull: Pull, data: st.DataObject
    ) -> None:
        for database, tables in ((producer, PRODUCED), (home, CONSUMED), (newcomer, CONSUMED)):
            async with database.write() as connection:
                for table in tables:
                    await connection.execute(delete(table))
        revisions = dict[str, int]()
        number = 0

        def drawn(most: int) -> list[WriteNote]:
            nonlocal number
            written = []
            for name in data.draw(st.lists(st.sampled_from("abcdefgh"), max_size=most)):
                number += 1
                revisions[name] = revisions.get(name, 0) + 1
                written.append(new(f"{name} {number}", name, revisions[name]))
            return written

        async def tell(written: list[WriteNote]) -> None:
            if written:
                await state(producer, written)

        await tell(drawn(12))
        for _ in range(data.draw(st.integers(1, 2), label="restores")):
            restore, revisions_then = await back_up(producer), dict(revisions)
            await tell(drawn(8))
            await receiver(home, pull).drain()
            if data.draw(st.booleans(), label="computed"):
                await applier(home).apply_some()
            await restore()
            revisions.clear()
            revisions.update(revisions_then)
            await tell(drawn(8))
            with suppress(NotDiverged):  # it had nothing that was lost
                await rejoin_of(home, pull).run("notes")
            await receiver(home, pull).drain()
        await follow(home, pull)
        await follow(newcomer, pull)
        assert await kept(home) == await kept(newcomer)
        assert await verified(home, pull) == []


class TestARejoin:
    async def test_of_a_log_that_is_followed_is_refused(
        self, producer: Database, home: Database, pull: Pull
    ) -> None:
        await state(producer, some("a", 3))
        for _ in range(2):
            with pytest.raises(NotDiverged):
                await rejoin_of(home, pull).run("notes")
            await follow(home, pull)

    async def test_again_is_refused(self, producer: Database, home: Database, pull: Pull) -> None:
        await restored(producer, home, pull, then=some("other", 15))
        await rejoin_of(home, pull).run("notes")
        before = await kept(home)
        with pytest.raises(NotDiverged):
            await rejoin_of(home, pull).run("notes")
        assert await kept(home) == before

    async def test_of_a_log_that_nobody_follows_is_refused(self, home: Database, pull: Pull) -> None:
        with pytest.raises(LogNotFollowed):
            await rejoin_of(home, pull).run("poems")

    async def test_of_a_log_that_cannot_be_asked_is_refused(self, home: Database) -> None:
        async def nobody(_request: PullRequest) -> PullResponse:
            raise DatabaseUnavailable

        with pytest.raises(LogUnreachable):
            await rejoin_of(home, nobody).run("notes")

    async def test_by_several_at_once_beside_receivers_and_appliers_is_done_once(
        self, producer: Database, home: Database, newcomer: Database, pull: Pull
    ) -> None:
        await restored(producer, home, pull, then=some("other", 25))
        running = [
            asyncio.create_task(each)
            for each in (
                *(receiver(home, pull).run() for _ in range(2)),
                *(applier(home).run() for _ in range(2)),
            )
        ]
        outcomes = await asyncio.gather(
            *(rejoin_of(home, pull).run("notes") for _ in range(4)), return_exceptions=True
        )
        assert sorted(type(each).__name__ for each in outcomes) == ["NotDiverged"] * 3 + ["Rejoined"]
        for each in running:
            each.cancel()
        assert all(
            isinstance(each, asyncio.CancelledError)
            for each in await asyncio.gather(*running, return_exceptions=True)
        )
        await follow(home, pull)
        await follow(newcomer, pull)
        assert await kept(home) == await kept(newcomer)

    async def test_shuts_out_a_receiver_that_pulled_before_the_restore(
        self, producer: Database, home: Database, newcomer: Database, pull: Pull
    ) -> None:
        await state(producer, some("kept", 3))
        await follow(home, pull)
        restore = await back_up(producer)
        await state(producer, some("lost", 6))
        is_pulled, may_go_on = asyncio.Event(), asyncio.Event()

        async def slow(request: PullRequest) -> PullResponse:
            answer = await pull(request)
            is_pulled.set()
            await may_go_on.wait()
            return answer

        late = asyncio.create_task(receiver(home, slow).drain())
        await is_pulled.wait()
        await restore()
        # The cursor comes back to the position at which the late one pulled, with another fact.
        async with producer.write() as connection:
            await connection.execute(delete(facts).where(facts.c.position == 3))
            await connection.execute(delete(notes).where(notes.c.note_id == "kept2-1"))
        await state(producer, [new("other", "other")])
        await rejoin_of(home, pull).run("notes")
        await receiver(home, pull).drain()
        may_go_on.set()
        await asyncio.gather(late, return_exceptions=True)
        await follow(home, pull)
        await follow(newcomer, pull)
        assert await kept(home) == await kept(newcomer)


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


class TestADivergence:
    @pytest.mark.parametrize("number", [0, 5, 10, 20])
    async def test_is_one_finding_of_verify(
        self, producer: Database, home: Database, pull: Pull, number: int
    ) -> None:
        await restored(producer, home, pull, then=some("other", number))
        (finding,) = await verified(home, pull)
        assert "restored to an earlier state" in finding
        assert "linli facts rejoin" in finding

    async def test_is_logged_once_until_it_is_over(
        self, producer: Database, home: Database, pull: Pull
    ) -> None:
        await restored(producer, home, pull, then=some("other", 3))
        asked = 0

        async def counted(request: PullRequest) -> PullResponse:
            nonlocal asked
            asked += 1
            return await pull(request)

        one = receiver(home, counted)
        with capture_logs() as logs:
            running = asyncio.create_task(one.run())
            await _poll(one, lambda: asked >= 3)
            said = [(line["event"], line["log_level"]) for line in logs]
            assert said == [("facts.receiver.diverged", "error")]
            async with home.read() as connection:
                assert await received_positions(connection) == {"notes": 30}
            await rejoin_of(home, pull).run("notes")
            await _poll(one, lambda: logs[-1]["event"] == "facts.receiver.follows")
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        async with home.read() as connection:
            assert await received_positions(connection) == {"notes": 23}


async def _poll(one: Receiver, is_reached: Any) -> None:
    async with asyncio.timeout(START_SECONDS_MAX):
        while not is_reached():
            one.bell.ring()
            await asyncio.sleep(LOOK_SECONDS)
