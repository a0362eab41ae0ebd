"""Looks at a database before a process starts on it; changes nothing, not even what kind of file it is."""

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine, inspect, select, text
from sqlalchemy.pool import NullPool

from services.chassis.sql import faults
from services.chassis.sql.database import Database
from services.chassis.sql.migrations import Migration, Stream, current, pending
from services.chassis.sql.refusals import place_of, refused, setting_of
from services.chassis.tables import installation

POSTGRESQL_OLDEST = 150_000
"""As `server_version_num` states 15.0: older ones lack what statements use."""
ENCODING = "UTF8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """What a database is like."""

    pending: Sequence[Migration] = ()
    """What has not been run, in order."""
    is_new: bool = True
    """Nothing of Linli is in it."""
    time_zone: str | None = None
    """None: it has no identity yet."""


async def look_at(database: Database, streams: Sequence[Stream]) -> Inspected:
    """Look whether a database can be used, and how far it is migrated.

    Raises:
        DatabaseUnusable: It cannot be used.
        SchemaNewer: It was migrated by a newer version.
    """
    with refused(database):
        if database.is_sqlite:
            return _look_at_file(database, streams)
        async with database.engine.connect() as connection:
            await connection.run_sync(_refuse_server, database)
            return await connection.run_sync(_look, database, streams)


def refuse_version(database: Database, *, version: int, text_of_it: str) -> None:
    """Refuse a PostgreSQL that is too old.

    Args:
        database: To name it.
        version: `server_version_num`, such as 140012.
        text_of_it: `server_version`, such as 14.12.

    Raises:
        DatabaseTooOld: It is older than 15.
    """
    if version < POSTGRESQL_OLDEST:
        raise faults.DatabaseTooOld(
            f"{database.schema}: {place_of(database.url)} is version {text_of_it}; Linli needs 15 or newer."
        )


def _refuse_server(connection: Connection, database: Database) -> None:
    asked = ("server_version_num", "server_version", "server_encoding", "transaction_read_only")
    settings = ", ".join(f"current_setting('{name}')" for name in asked)
    version, version_text, encoding, read_only = connection.execute(text(f"SELECT {settings}")).one()
    refuse_version(database, version=int(version), text_of_it=version_text)
    where = f"{database.schema}: {place_of(database.url)}"
    if encoding != ENCODING:
        raise faults.DatabaseEncodingWrong(
            f"{where} keeps text as {encoding}, which cannot hold Chinese names with every other text; "
            "make it with ENCODING 'UTF8' TEMPLATE template0."
        )
    if read_only == "on":
        raise faults.DatabaseReadOnly(
            f"{where} can be read only; give the address of the primary in {setting_of(database)}."
        )


def _look_at_file(database: Database, streams: Sequence[Stream]) -> Inspected:
    path = Path(database.url.database or "")
    if not path.parent.is_dir():
        raise faults.DatabaseFileWrong(
            f"{database.schema}: The folder {path.parent} of the database is not there; make it first."
        )
    if not path.exists():
        if not os.access(path.parent, os.W_OK):
            raise faults.DatabaseReadOnly(
                f"{database.schema}: The folder {path.parent} may not be written by this user; "
                "correct its rights."
            )
        return Inspected(pending=[migration for stream in streams for migration in stream.migrations()])
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        raise faults.DatabaseReadOnly(
            f"{database.schema}: The file {path} may not be written by this user; correct its rights."
        )
    address = f"{path.absolute().as_uri()}?mode=ro"
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(address, uri=True), poolclass=NullPool
    )
    with engine.connect() as connection:
        return _look(connection, database, streams)


def _look(connection: Connection, database: Database, streams: Sequence[Stream]) -> Inspected:
    revisions = {stream.name: current(connection, stream) for stream in streams}
    waiting = [
        migration
        for stream in streams
        for migration in pending(stream, revisions[stream.name], service=database.schema)
    ]
    zone = None
    if inspect(connection).has_table(installation.name):
        zone = connection.execute(select(installation.c.time_zone)).scalar_one_or_none()
    return Inspected(pending=waiting, is_new=not any(revisions.values()), time_zone=zone)
