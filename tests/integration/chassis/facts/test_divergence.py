"""A log that diverged is reported, once, and nothing else happens."""

import asyncio
from typing import Any

import pytest
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse
from structlog.testing import capture_logs

from services.chassis.facts.pulling import Pull
from services.chassis.facts.receiver import Receiver
from services.chassis.facts.waiting import received_positions
from services.chassis.sql.database import Database
from tests.integration.chassis.facts.following import receiver
from tests.integration.chassis.facts.rejoining import rejoin_of, restored, some, verified
from tests.servers.process import START_SECONDS_MAX

LOOK_SECONDS = 0.01


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
