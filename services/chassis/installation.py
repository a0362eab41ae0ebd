"""Who a database is and how far it is migrated: all are looked at before anything is changed in one."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import make_url, select
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.faults import CannotStart
from services.chassis.ids import new_id
from services.chassis.sql.database import Database
from services.chassis.sql.faults import DatabaseAddressWrong, SchemaNotMigrated, refuse_all
from services.chassis.sql.inspection import Inspected, look_at
from services.chassis.sql.migrations import Migration, Phase, Stream, due, migrate_within
from services.chassis.sql.refusals import refused
from services.chassis.sql.statements import insert
from services.chassis.tables import installation

_log = structlog.get_logger()


class TimeZoneFixed(CannotStart):
    """The database was made for another time zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Where a service keeps its data, and what should be there."""

    service: str
    url: str
    streams: Sequence[Stream]
    time_zone: str
    """Of the district."""

    @property
    def is_file(self) -> bool:
        return self.url.startswith("sqlite:")

    @property
    def file(self) -> Path:
        """Where it is, if it is a file."""
        return Path(make_url(self.url).database or "")

    @asynccontextmanager
    async def opened(self, *, statement_seconds_max: float | None = None) -> AsyncGenerator[Database]:
        """Prepare the database; nothing is connected yet.

        Args:
            statement_seconds_max: How long a statement may take; None: as long as it does, as migrations may.

        Raises:
            DatabaseAddressWrong: The address is none.
        """
        try:
            database = Database(
                url=self.url, schema=self.service, statement_seconds_max=statement_seconds_max
            )
        except (ArgumentError, ValueError, TypeError) as error:
            raise DatabaseAddressWrong(
                f"{self.service}: LINLI_{self.service.upper()}_DATABASE_URL is no address of a database; "
                "give postgresql://user:password@host:port/name or sqlite:///path."
            ) from error
        try:
            yield database
        finally:
            await database.close()


async def look_at_all(stores: Sequence[Store]) -> dict[str, Inspected]:
    """Look at every database, by service; changes nothing.

    Raises:
        CannotStart: With all that is wrong with any of them.
    """
    found = await asyncio.gather(*(_look_at(store) for store in stores), return_exceptions=True)
    problems = [each for each in found if isinstance(each, BaseException)]
    for problem in problems:
        if not isinstance(problem, CannotStart):
            raise problem
    refuse_all([problem for problem in problems if isinstance(problem, CannotStart)])
    seen = [each for each in found if isinstance(each, Inspected)]
    return {store.service: each for store, each in zip(stores, seen, strict=True)}


async def set_up(stores: Sequence[Store], *, phase: Phase) -> dict[str, list[Migration]]:
    """Migrate databases and give new ones their identity; one transaction for each.

    Args:
        stores: All are looked at before one is changed.
        phase: Which migrations are run.

    Returns:
        What ran, by service.

    Raises:
        CannotStart: With all that is wrong with any of them.
    """
    plan(await look_at_all(stores), phase=phase)
    ran: dict[str, list[Migration]] = {}
    for store in stores:
        async with store.opened() as database:
            with refused(database):
                async with database.write() as connection:
                    ran[store.service] = await migrate_within(
                        connection, database, store.streams, phase=phase
                    )
                    log_id = await _install(connection, database, time_zone=store.time_zone)
        _log.info("database.ready", service=store.service, log_id=log_id, migrations=len(ran[store.service]))
    return ran


def plan(found: dict[str, Inspected], *, phase: Phase) -> dict[str, list[Migration]]:
    """Say what a phase would run, by service.

    Raises:
        CannotStart: A database waits for the phase before.
    """
    planned: dict[str, list[Migration]] = {}
    problems: list[CannotStart] = []
    for service, inspected in found.items():
        planned[service] = []
        for name in dict.fromkeys(migration.stream for migration in inspected.pending):
            waiting = [migration for migration in inspected.pending if migration.stream == name]
            try:
                planned[service] += due(waiting, phase=phase, is_new=inspected.is_new, service=service)
            except CannotStart as problem:
                problems.append(problem)
    refuse_all(problems)
    return planned


async def require_ready(stores: Sequence[Store]) -> None:
    """Require what this code needs of databases that others migrate; pending `post` migrations are not.

    Raises:
        CannotStart: With all that is wrong with any of them.
    """
    found = await look_at_all(stores)
    refuse_all([problem for store in stores if (problem := _not_ready(store, found[store.service]))])
    for service, inspected in found.items():
        if inspected.pending:
            names = [migration.name for migration in inspected.pending]
            _log.warning("database.post_migrations_pending", service=service, migrations=names)


def _not_ready(store: Store, inspected: Inspected) -> CannotStart | None:
    lacking = [migration.name for migration in inspected.pending if migration.phase is Phase.PRE]
    if not lacking and inspected.time_zone is not None:
        return None
    what = f"lacks {', '.join(lacking)}" if lacking else "has no identity yet"
    return SchemaNotMigrated(
        f"{store.service}: The database {what}; run `linli migrate {store.service}` first. If that leaves it "
        "behind a post migration, stop Linli and run it with --phase all."
    )


async def _look_at(store: Store) -> Inspected:
    async with store.opened() as database:
        inspected = await look_at(database, store.streams)
    if inspected.time_zone is not None:
        _refuse_other_zone(store.service, held=inspected.time_zone, wanted=store.time_zone)
    return inspected


async def install(database: Database, *, time_zone: str) -> str:
    """Give a new database its identity; returns the log id.

    Raises:
        TimeZoneFixed: The database was made for another time zone.
    """
    async with database.write() as connection:
        return await _install(connection, database, time_zone=time_zone)


async def _install(connection: AsyncConnection, database: Database, *, time_zone: str) -> str:
    now = await database.now(connection)
    row = {"only": 1, "log_id": new_id(), "time_zone": time_zone, "created_at": now}
    statement = insert(installation, dialect=database.dialect).on_conflict_do_nothing()
    await connection.execute(statement, [row])
    held = (await connection.execute(select(installation))).one()
    _refuse_other_zone(database.schema, held=held.time_zone, wanted=time_zone)
    return str(held.log_id)


def _refuse_other_zone(service: str, *, held: str, wanted: str) -> None:
    if held != wanted:
        raise TimeZoneFixed(
            f"{service}: The time zone is {wanted}, but this database was made for {held}, which is fixed; "
            "set it back, or start with a new database."
        )
