"""Puts services together for a process: the only module of the console that knows their bootstraps."""

from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from services.chassis.doorbell import Doorbell
from services.chassis.frame import Declaration, Frame, Rooms
from services.chassis.installation import Store, require_ready, set_up
from services.chassis.metrics.readings import Readings
from services.chassis.requests import RequestSecret
from services.chassis.ring_broker import open_broker
from services.chassis.roles import Role
from services.chassis.settings import Settings
from services.chassis.sql.database import STATEMENT_SECONDS_MAX, Database
from services.chassis.sql.migrations import CHASSIS, Phase
from services.console.neighbours import Neighbours
from services.console.process import Task, running
from services.events import bootstrap as events
from services.members import bootstrap as members
from services.points import bootstrap as points


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """A service as its bootstrap module offers it."""

    declaration: Declaration
    rooms: Callable[[Frame], Rooms]


BOOTSTRAPS: Final[Mapping[str, Bootstrap]] = {
    module.DECLARATION.name: Bootstrap(declaration=module.DECLARATION, rooms=module.bootstrap)
    for module in (members, events, points)
}


def stores(settings: Settings, services: Iterable[str]) -> list[Store]:
    """Say where services keep their data, and what should be there."""
    return [
        Store(
            service=declaration.name,
            url=settings.database_url(declaration.name),
            streams=(CHASSIS, declaration.migrations),
            time_zone=settings.time_zone.key,
        )
        for declaration in (BOOTSTRAPS[service].declaration for service in services)
    ]


@asynccontextmanager
async def opened(
    settings: Settings, services: Iterable[str], *, migrated_here: bool
) -> AsyncGenerator[dict[str, Database]]:
    """Open the databases of services, by name.

    Args:
        settings: Say where they are.
        services: Their names.
        migrated_here: Bring them to the newest version; else only require that somebody did.

    Raises:
        CannotStart: With all that is wrong with any of them; then nothing was changed in any.
    """
    wanted = stores(settings, services)
    if migrated_here:
        await set_up(wanted, phase=Phase.ALL)
    else:
        await require_ready(wanted)
    async with AsyncExitStack() as stack:
        yield {
            store.service: await stack.enter_async_context(
                store.opened(statement_seconds_max=STATEMENT_SECONDS_MAX)
            )
            for store in wanted
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """Services put together in one process; nothing of them runs yet."""

    doorbell: Doorbell
    neighbours: Neighbours
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
    settings: Settings,
    *,
    services: Sequence[str],
    roles: frozenset[Role],
    secret: RequestSecret,
    migrated_here: bool,
) -> AsyncGenerator[Assembly]:
    """Open the databases of services and put the services together.

    Args:
        settings: Of this process.
        services: Their names.
        roles: What this process does beside, or instead of, serving.
        secret: Digests requests.
        migrated_here: Migrate the databases; else only require that somebody did.

    Raises:
        CannotStart: A database cannot be used.
    """
    async with opened(settings, services, migrated_here=migrated_here) as databases:
        doorbell, neighbours = Doorbell(open_broker(settings.redis_url)), Neighbours()
        frames = {
            service: Frame(
                declaration=BOOTSTRAPS[service].declaration,
                database=databases[service],
                doorbell=doorbell,
                secret=secret,
                zone=settings.time_zone,
                pull=neighbours.pull,
                channel=neighbours.of(service),
                roles=roles,
            )
            for service in services
        }
        rooms = {service: BOOTSTRAPS[service].rooms(frame) for service, frame in frames.items()}
        is_watched = settings.metrics_port is not None
        readings = [Readings(frame) for frame in frames.values() if is_watched]
        yield Assembly(
            doorbell=doorbell, neighbours=neighbours, frames=frames, rooms=rooms, readings=readings
        )
