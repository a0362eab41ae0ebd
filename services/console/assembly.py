"""Puts services together for a process: the only module of the console that knows their bootstraps."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from services.chassis.frame import Declaration, Frame, Rooms
from services.chassis.installation import install
from services.chassis.settings import Settings
from services.chassis.sql.database import Database
from services.chassis.sql.migrations import CHASSIS, migrate
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
