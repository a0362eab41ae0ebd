"""Serves all services in one process."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse
from linli.feed.v1.feed_pb2_grpc import FactFeedServiceStub

from services.chassis.administration import administration
from services.chassis.call import Caller, CallerKind
from services.chassis.doorbell import Doorbell, open_broker
from services.chassis.facts.feed import feed
from services.chassis.facts.operating import consumers
from services.chassis.facts.pulling import Pull
from services.chassis.faults import DatabaseUnavailable
from services.chassis.frame import Frame, Rooms
from services.chassis.jobs.serving import job_service
from services.chassis.requests import RequestSecret
from services.chassis.rpc.client import open_channel
from services.chassis.rpc.server import Server, must_be_free
from services.chassis.settings import Settings
from services.console.assembly import BOOTSTRAPS, opened
from services.console.faults import PartStopped
from services.console.folder import announced, claimed, request_secret

_log = structlog.get_logger()


async def serve(settings: Settings, *, started: Callable[[str], None], with_parent: bool = False) -> None:
    """Serve until SIGTERM or SIGINT, then drain.

    Args:
        settings: Of this process.
        started: Told the address once calls are answered.
        with_parent: Stop as well when the standard input ends, as it does when the parent that holds it dies.

    Raises:
        CannotStart: The folder is in use, the address is taken, a setting cannot work.
        PartStopped: Something beside the server ended; the log tells why.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if with_parent:
        asyncio.get_running_loop().add_reader(sys.stdin, stop.set)
    must_be_free(host=settings.host, port=settings.port)
    with claimed(settings.data_dir):
        secret = request_secret(settings.data_dir, key=settings.request_key)
        async with _running(settings, secret) as (server, target, tasks):
            with announced(settings.data_dir, target=target):
                await server.set_ready(True)
                started(target)
                stopping = asyncio.create_task(stop.wait())
                await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
                await server.drain()
            for task in tasks:
                if task.done():
                    # Nothing beside the server ends by itself. Its supervisor starts the process again.
                    _log.critical("serve.task.ended", task=task.get_name(), exc_info=task.exception())
                    raise PartStopped


Running = tuple[Server, str, list[asyncio.Task[None]]]


@asynccontextmanager
async def _running(settings: Settings, secret: RequestSecret) -> AsyncGenerator[Running]:
    async with AsyncExitStack() as stack:
        doorbell = Doorbell(open_broker(settings.redis_url))
        feeds = _Feeds()
        frames: dict[str, Frame] = {}
        rooms: dict[str, Rooms] = {}
        for bootstrap in BOOTSTRAPS.values():
            declaration = bootstrap.declaration
            database = await stack.enter_async_context(opened(settings, declaration))
            frames[declaration.name] = Frame(
                declaration=declaration,
                database=database,
                doorbell=doorbell,
                secret=secret,
                zone=settings.time_zone,
                pull=feeds.pull,
            )
            rooms[declaration.name] = bootstrap.rooms(frames[declaration.name])
        databases = {name: frame.database for name, frame in frames.items()}
        shared = [feed(databases), job_service(databases), consumers(frames, rooms), administration(frames)]
        own = [registration for each in rooms.values() for registration in each.registrations]
        server = Server(settings=settings, registrations=[*own, *shared])
        target = _address(settings.host, await server.start())
        await stack.enter_async_context(feeds.reached_at(target))
        # Receivers say here what they listen to, so the doorbell opens after them.
        beside = [task for name, frame in frames.items() for task in frame.tasks(rooms[name])]
        doorbell.open()
        stack.push_async_callback(doorbell.close)
        tasks = [asyncio.create_task(task) for task in [*beside, doorbell.run()]]
        stack.push_async_callback(_cancel, tasks)
        yield server, target, tasks


def _address(host: str, port: int) -> str:
    """Say how clients on this machine reach a server that listens on a host."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - nothing is bound here
    return f"[{here}]:{port}" if ":" in here else f"{here}:{port}"


class _Feeds:
    """Pulls the logs over gRPC, like any consumer elsewhere; the address is known once the server listens."""

    def __init__(self) -> None:
        self._pull: Pull | None = None

    @asynccontextmanager
    async def reached_at(self, target: str) -> AsyncGenerator[None]:
        caller = Caller(kind=CallerKind.SERVICE, id="linli")
        async with open_channel(target, caller=caller) as channel:
            self._pull = FactFeedServiceStub(channel).Pull
            yield

    async def pull(self, request: PullRequest) -> PullResponse:
        if self._pull is None:
            raise DatabaseUnavailable("The feed cannot be asked before the server listens.")
        return await self._pull(request)


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
