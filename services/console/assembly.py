"""Puts services together for a process: the only module of the console that knows their bootstraps."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from services.chassis.frame import Declaration, Frame, Rooms
from services.chassis.installation import Store, require_ready, set_up
from services.chassis.settings import Settings
from services.chassis.sql.database import STATEMENT_SECONDS_MAX, Database
from services.chassis.sql.migrations import CHASSIS, Phase
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
            service=service,
            url=settings.database_url(service),
            streams=(CHASSIS, BOOTSTRAPS[service].declaration.migrations),
            time_zone=settings.time_zone.key,
        )
        for service in services
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
