from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, text

from services.chassis import tables
from services.chassis.installation import TimeZoneFixed, install
from services.chassis.sql.database import Database
from services.chassis.sql.faults import SchemaNewer
from services.chassis.sql.migrations import CHASSIS, Stream, migrate, read_revisions

SERVICES = Path(__file__).parents[3] / "services"


def streams() -> list[tuple[Stream, MetaData]]:
    """Find the migrations of the chassis and of each service, with the tables they should make."""
    found = [(CHASSIS, tables.metadata)]
    for folder in sorted(SERVICES.glob("*/storage/migrations")):
        service = folder.parent.parent.name
        import_module(f"services.{service}.bootstrap")  # with all modules that add tables
        metadata = import_module(f"services.{service}.storage.tables").metadata
        found.append((Stream(name=service, folder=folder), metadata))
    return found


def differences(connection: Connection, stream: Stream, metadata: MetaData) -> list[object]:
    options = {
        "version_table": stream.version_table,
        "compare_type": True,
        "include_object": lambda _thing, name, kind, _reflected, _other: (
            kind != "table" or name in metadata.tables
        ),
    }
    context = MigrationContext.configure(connection, opts=options)
    return list(compare_metadata(context, metadata))


@pytest.mark.parametrize(("stream", "metadata"), streams(), ids=lambda each: getattr(each, "name", ""))
async def test_migrations_make_exactly_the_tables_of_the_code(
    database_url: str, stream: Stream, metadata: MetaData
) -> None:
    database = Database(url=database_url, schema="trial")
    await migrate(database, [stream])
    async with database.read() as connection:
        found = await connection.run_sync(differences, stream, metadata)
    await database.close()
    assert not found


async def test_migrating_twice_changes_nothing(database_url: str) -> None:
    database = Database(url=database_url, schema="trial")
    for _ in range(2):
        await migrate(database, [CHASSIS])
    assert await read_revisions(database, [CHASSIS]) == {"chassis": CHASSIS.head()}
    await database.close()


async def test_a_schema_of_a_newer_version_is_refused(database_url: str) -> None:
    database = Database(url=database_url, schema="trial")
    await migrate(database, [CHASSIS])
    async with database.write() as connection:
        await connection.execute(text("update migrations_chassis set version_num = '9999'"))
    with pytest.raises(SchemaNewer):
        await migrate(database, [CHASSIS])
    await database.close()


async def test_the_time_zone_is_fixed_when_a_database_is_made(database_url: str) -> None:
    database = Database(url=database_url, schema="trial")
    await migrate(database, [CHASSIS])
    log_id = await install(database, time_zone="Asia/Shanghai")
    assert await install(database, time_zone="Asia/Shanghai") == log_id
    with pytest.raises(TimeZoneFixed):
        await install(database, time_zone="Europe/London")
    await database.close()
