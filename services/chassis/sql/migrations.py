"""Brings a database's tables to the newest version; each stream of migrations has its own version table."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.schema import CreateSchema

from services.chassis.faults import CannotStart
from services.chassis.sql.database import Database


class SchemaNewer(CannotStart):
    """The database was migrated by a newer version of Linli."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Migrations that follow each other: `versions/NNNN_pre_*.py` (safe before the new code) or `_post_`."""

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


CHASSIS = Stream(name="chassis", folder=Path(__file__).resolve().parent.parent / "migrations")


async def migrate(database: Database, streams: Sequence[Stream]) -> None:
    """Run what is missing, stream by stream, in one transaction.

    Raises:
        SchemaNewer: The database is ahead of this code.
    """
    async with database.write() as connection:
        if not database.is_sqlite:
            await connection.execute(CreateSchema(database.schema, if_not_exists=True))
        for stream in streams:
            await connection.run_sync(_upgrade, stream)


async def read_revisions(database: Database, streams: Sequence[Stream]) -> dict[str, str]:
    """Read the newest migration of each stream that was run on this database."""
    async with database.read() as connection:
        return {stream.name: await connection.run_sync(_current, stream) for stream in streams}


def _current(connection: Connection, stream: Stream) -> str:
    context = MigrationContext.configure(connection, opts={"version_table": stream.version_table})
    return context.get_current_revision() or ""


def _upgrade(connection: Connection, stream: Stream) -> None:
    script = stream.script()
    current = _current(connection, stream)
    if current and current not in {revision.revision for revision in script.walk_revisions()}:
        raise SchemaNewer(
            f"The database has the migration {current} of {stream.name}, which this version does not know; "
            "run the newer version of Linli that made it."
        )
    environment = EnvironmentContext(
        Config(),
        script,
        fn=lambda revision, _context: script._upgrade_revs("head", revision),  # noqa: SLF001 - as alembic's own commands do
    )
    with environment:
        environment.configure(connection=connection, version_table=stream.version_table)
        environment.run_migrations()
