import asyncio
import ctypes
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import structlog
from redis import Redis

from services.chassis.bells import Bell
from services.chassis.doorbell import Doorbell, DoorbellDead, queue_of
from services.chassis.ring_broker import RINGS_WAITING_MAX, open_broker
from tests.servers.process import wait_until
from tests.servers.valkey import ValkeyServer

TOKENS = f"dramatiq:{queue_of('points')}.tokens"


@pytest.fixture(params=["in this process", "over the network"])
def broker_url(request: pytest.FixtureRequest) -> str | None:
    if request.param == "in this process":
        return None
    url: str = request.getfixturevalue("redis_url")
    return url


@asynccontextmanager
async def ringing(doorbell: Doorbell) -> AsyncGenerator[asyncio.Task[None]]:
    doorbell.open()
    running = asyncio.create_task(doorbell.run())
    try:
        yield running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await doorbell.close()


def hearing(broker_url: str | None) -> tuple[Doorbell, Bell]:
    doorbell, bell = Doorbell(open_broker(broker_url)), Bell()
    doorbell.hear(listener="points", topic="events", then=bell.ring)
    return doorbell, bell


class TestTheDoorbell:
    async def test_wakes_who_listens(self, broker_url: str | None) -> None:
        doorbell, bell = hearing(broker_url)
        async with ringing(doorbell):
            doorbell.ring(listeners=["points"], topic="events")
            assert await bell.wait(seconds=10)

    async def test_does_not_wake_for_another_topic(self, broker_url: str | None) -> None:
        doorbell, bell = hearing(broker_url)
        other = Bell()
        doorbell.hear(listener="points", topic="members", then=other.ring)
        async with ringing(doorbell):
            doorbell.ring(listeners=["points"], topic="members")
            assert await other.wait(seconds=10)
            assert not await bell.wait(seconds=0.05)

    async def test_rings_between_processes(self, redis_url: str) -> None:
        there, bell = hearing(redis_url)
        here = Doorbell(open_broker(redis_url))
        async with ringing(there), ringing(here):
            here.ring(listeners=["points"], topic="events")
            assert await bell.wait(seconds=10)

    async def test_leaves_no_connection_behind(self, redis_url: str) -> None:
        doorbell, bell = hearing(redis_url)
        with Redis.from_url(redis_url) as client:
            before = {each["id"] for each in client.client_list()}
            async with ringing(doorbell):
                doorbell.ring(listeners=["points"], topic="events")
                assert await bell.wait(seconds=10)
                assert {each["id"] for each in client.client_list()} > before
            assert wait_until(lambda: {each["id"] for each in client.client_list()} <= before, seconds_max=10)

    async def test_piles_up_no_rings_that_nobody_hears(self, redis_url: str) -> None:
        broker = open_broker(redis_url)
        doorbell = Doorbell(broker)
        for _ in range(RINGS_WAITING_MAX + 5):
            await asyncio.to_thread(doorbell._enqueue, [("points", "events")])
        assert broker.do_qsize(queue_of("points")) == RINGS_WAITING_MAX  # type: ignore[attr-defined]
        await doorbell.close()

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    async def test_ends_the_process_when_a_thread_dies(self, broker_url: str | None) -> None:
        doorbell, _ = hearing(broker_url)
        async with ringing(doorbell) as running:
            assert doorbell._worker is not None
            kill(doorbell._worker.workers[0])
            with pytest.raises(BaseExceptionGroup) as ended:
                async with asyncio.timeout(10):
                    await running
        assert ended.group_contains(DoorbellDead)

    async def test_never_fails_while_the_server_is_away_and_rings_after(
        self, redis_url: str, valkey_server: ValkeyServer
    ) -> None:
        doorbell, bell = hearing(redis_url)
        async with ringing(doorbell) as running:
            valkey_server.kill()
            doorbell.ring(listeners=["points"], topic="events")
            assert not await bell.wait(seconds=1)
            assert not running.done()
            valkey_server.start()
            for _ in range(100):
                doorbell.ring(listeners=["points"], topic="events")
                if await bell.wait(seconds=0.2):
                    break
            else:
                pytest.fail("nobody heard the bell within 20 s of the server's return")

    async def test_says_once_that_a_server_refuses_and_hears_when_it_consents(
        self, redis_url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        doorbell, bell = hearing(redis_url)
        with structlog.testing.capture_logs() as lines:
            async with ringing(doorbell):
                with Redis.from_url(redis_url) as client:
                    client.set(TOKENS, "no list")
                assert await asyncio.to_thread(wait_until, lambda: bool(lines), seconds_max=10)
                assert not await bell.wait(seconds=2)
                with Redis.from_url(redis_url) as client:
                    client.delete(TOKENS)
                for _ in range(100):
                    doorbell.ring(listeners=["points"], topic="events")
                    if await bell.wait(seconds=0.2):
                        break
                else:
                    pytest.fail("nobody heard the bell within 20 s of the server's consent")
        said = [line["event"] for line in lines]
        assert said == ["doorbell.deaf", "doorbell.hears"]
        assert "WRONGTYPE" in lines[0]["error"]
        assert not caplog.records


def kill(thread: threading.Thread) -> None:
    """End a thread of another's as a defect would: by an exception that nothing in it expects."""
    assert thread.ident is not None
    raised = ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit)
    )
    assert raised == 1
