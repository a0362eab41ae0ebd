"""Brings a database's tables to a version; each stream of migrations has its own version table.

A migration is `versions/NNNN_pre_*.py`, which the code before it can live with, or `versions/NNNN_post_*.py`,
which needs the new code everywhere. In an upgrade without a stop the order is: phase `pre`, the new code
everywhere, phase `post`.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateSchema

from services.chassis.sql.database import Database
from services.chassis.sql.faults import PhaseOutOfOrder, SchemaNewer


class Phase(StrEnum):
    """Which of the pending migrations are run."""

    PRE = "pre"
    """Those up to the first `post`: before the new code."""
    POST = "post"
    """The rest: once the new code runs everywhere."""
    ALL = "all"
    """Everything: while nothing of Linli runs on the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One step of a stream."""

    stream: str
    revision: str
    phase: Phase
    """`PRE` or `POST`."""
    title: str

    @property
    def name(self) -> str:
        return f"{self.revision}_{self.phase}_{self.title}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Migrations that follow each other."""

    name: str
    folder: Path

    @property
    def version_table(self) -> str:
        return f"migrations_{self.name}"

    def script(self) -> ScriptDirectory:
        return ScriptDirectory(str(self.folder), version_locations=[str(self.folder / "versions")])

    def head(self) -> str:
        """Name the newest revision that this code knows."""
        return self.script().get_current_head() or ""

    def migrations(self) -> list[Migration]:
        """List all, in their order."""
        steps = [(script.revision, Path(script.path).stem) for script in self.script().walk_revisions()]
        return [
            Migration(stream=self.name, revision=revision, phase=Phase(phase), title=title)
            for revision, (_, phase, title) in ((step[0], step[1].split("_", 2)) for step in reversed(steps))
        ]


CHASSIS = Stream(name="chassis", folder=Path(__file__).resolve().parent.parent / "migrations")


async def migrate(
    database: Database, streams: Sequence[Stream], *, phase: Phase = Phase.ALL
) -> list[Migration]:
    """Run what is pending of a phase, in one transaction. Returns what ran.

    Raises:
        PhaseOutOfOrder: `POST` is asked for, and `PRE` has not been run.
        SchemaNewer: The database is ahead of this code.
    """
    async with database.write() as connection:
        return await migrate_within(connection, database, streams, phase=phase)


async def migrate_within(
    connection: AsyncConnection, database: Database, streams: Sequence[Stream], *, phase: Phase
) -> list[Migration]:
    """Do the same in a transaction that goes on."""
    if not database.is_sqlite:
        # Whoever migrates the same database meanwhile waits here, and then finds nothing to do.
        await connection.execute(select(func.pg_advisory_xact_lock(lock_key(database.schema))))
        await connection.execute(CreateSchema(database.schema, if_not_exists=True))
    ran: list[Migration] = []
    for stream in streams:
        ran += await connection.run_sync(_upgrade, stream, database.schema, phase)
    return ran


async def read_revisions(database: Database, streams: Sequence[Stream]) -> dict[str, str]:
    """Read the newest migration of each stream that was run on this database."""
    async with database.read() as connection:
        return {stream.name: await connection.run_sync(current, stream) for stream in streams}


def current(connection: Connection, stream: Stream) -> str:
    """Read the newest migration of a stream that was run; empty if none was."""
    context = MigrationContext.configure(connection, opts={"version_table": stream.version_table})
    return context.get_current_revision() or ""


def pending(stream: Stream, revision: str, *, service: str) -> list[Migration]:
    """List what follows a revision.

    Raises:
        SchemaNewer: This code does not know the revision.
    """
    known = stream.migrations()
    if not revision:
        return known
    names = [migration.revision for migration in known]
    if revision not in names:
        raise SchemaNewer(
            f"{service}: The database has the migration {revision} of {stream.name}, which this version does "
            "not know; run the newer version of Linli that made it."
        )
    return known[names.index(revision) + 1 :]


def due(waiting: Sequence[Migration], *, phase: Phase, is_new: bool, service: str) -> list[Migration]:
    """Choose from the pending migrations of one stream those of a phase.

    Args:
        waiting: In their order.
        phase: That is asked for.
        is_new: Nothing of the stream was run yet, so no code lives with it, and every phase runs all.
        service: To name it.

    Raises:
        PhaseOutOfOrder: `POST` is asked for, and `PRE` has not been run.
    """
    before = list(takewhile(lambda migration: migration.phase is Phase.PRE, waiting))
    if phase is Phase.PRE and not is_new:
        return before
    if phase is Phase.POST and before and not is_new:
        raise PhaseOutOfOrder(
            f"{service}: {before[0].name} of {before[0].stream} comes first; "
            "run `linli migrate --phase pre`, then this version everywhere, then --phase post."
        )
    return list(waiting)


def lock_key(schema: str) -> int:
    """Name the lock of whoever migrates, among the advisory locks of a PostgreSQL database."""
    return zlib.crc32(f"linli.migrate.{schema}".encode())


def _upgrade(connection: Connection, stream: Stream, service: str, phase: Phase) -> list[Migration]:
    revision = current(connection, stream)
    steps = due(pending(stream, revision, service=service), phase=phase, is_new=not revision, service=service)
    if not steps:
        return []
    script = stream.script()
    environment = EnvironmentContext(
        Config(),
        script,
        fn=lambda held, _context: script._upgrade_revs(steps[-1].revision, held),  # noqa: SLF001 - as alembic's own commands do
    )
    with environment:
        environment.configure(connection=connection, version_table=stream.version_table)
        environment.run_migrations()
    return steps
