"""Puts services together for a process: the only module of the console that knows their bootstraps."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog

from services.chassis.doorbell import Doorbell, open_broker
from services.chassis.frame import Declaration, Frame, Rooms
from services.chassis.installation import install
from services.chassis.metrics.readings import Readings
from services.chassis.requests import RequestSecret
from services.chassis.roles import Role
from services.chassis.settings import Settings
from services.chassis.sql.database import Database
from services.chassis.sql.migrations import CHASSIS, migrate
from services.console.feeds import Feeds
from services.console.process import Task, running
from services.events import bootstrap as events
from services.members import bootstrap as members
from services.points import bootstrap as points

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """A service as its bootstrap module offers it."""

    declaration: Declaration
    rooms: Callable[[Frame], Rooms]


BOOTSTRAPS: Final[Mapping[str, Bootstrap]] = {
    module.DECLARATION.name: Bootstrap(declaration=module.DECLARATION, rooms=module.bootstrap)
    for module in (members, events, points)
}


@asynccontextmanager
async def opened(settings: Settings, declaration: Declaration) -> AsyncGenerator[Database]:
    """Open the database of a service, brought to the newest version."""
    database = Database(url=settings.database_url(declaration.name), schema=declaration.name)
    try:
        await migrate(database, [CHASSIS, declaration.migrations])
        log_id = await install(database, time_zone=settings.time_zone.key)
        _log.info("serve.database.opened", service=declaration.name, log_id=log_id)
        yield database
    finally:
        await database.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """Services put together in one process; nothing of them runs yet."""

    doorbell: Doorbell
    feeds: Feeds
    frames: Mapping[str, Frame]
    """By service."""
    rooms: Mapping[str, Rooms]
    """By service."""
    readings: Sequence[Readings]
    """What reads positions and lag for the metrics of this process, if somebody can see them."""

    @asynccontextmanager
    async def works(self, *beside: Coroutine[Any, Any, None]) -> AsyncGenerator[list[Task]]:
        """Run what the roles of this process are, the doorbell, and what else is given."""
        # Receivers say here what they listen to, so the doorbell opens after them.
        work = [part for name, frame in self.frames.items() for part in frame.work(self.rooms[name])]
        reading = [each.run() for each in self.readings]
        self.doorbell.open()
        try:
            async with running([*beside, *work, *reading, self.doorbell.run()]) as tasks:
                yield tasks
        finally:
            await self.doorbell.close()


@asynccontextmanager
async def assembled(
    settings: Settings, *, services: Sequence[str], roles: frozenset[Role], secret: RequestSecret
) -> AsyncGenerator[Assembly]:
    """Open the databases of services and put the services together.

    Args:
        settings: Of this process.
        services: Their names.
        roles: What this process does beside, or instead of, serving.
        secret: Digests requests.

    Raises:
        CannotStart: A database cannot be used.
    """
    async with AsyncExitStack() as stack:
        doorbell, feeds = Doorbell(open_broker(settings.redis_url)), Feeds()
        frames = {
            service: Frame(
                declaration=BOOTSTRAPS[service].declaration,
                database=await stack.enter_async_context(opened(settings, BOOTSTRAPS[service].declaration)),
                doorbell=doorbell,
                secret=secret,
                zone=settings.time_zone,
                pull=feeds.pull,
                roles=roles,
            )
            for service in services
        }
        rooms = {service: BOOTSTRAPS[service].rooms(frame) for service, frame in frames.items()}
        is_watched = settings.metrics_port is not None
        readings = [Readings(frame) for frame in frames.values() if is_watched]
        yield Assembly(doorbell=doorbell, feeds=feeds, frames=frames, rooms=rooms, readings=readings)
