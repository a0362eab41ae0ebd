"""A rejoin that is refused, repeated, or not alone."""

import asyncio

import pytest
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse
from sqlalchemy import delete

from services.chassis.facts.pulling import Pull
from services.chassis.faults import DatabaseUnavailable, LogNotFollowed, LogUnreachable, NotDiverged
from services.chassis.sql.database import Database
from services.chassis.tables import facts
from tests.integration.chassis.facts.following import applier, receiver
from tests.integration.chassis.facts.rejoining import follow, kept, new, rejoin_of, restored, some
from tests.integration.chassis.notes import notes, state
from tests.integration.restoring import back_up


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
