"""Says what a driver's error means for a process that is about to start: one typed fault, no credentials."""

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from services.chassis.sql import faults
from services.chassis.sql.database import CONNECT_SECONDS_MAX, Database, is_out_of_reach
from services.chassis.sql.faults import DatabaseUnusable

STATES: Final[tuple[tuple[str, type[DatabaseUnusable], str], ...]] = (
    ("28", faults.CredentialsRefused, "refuses user or password; correct them in {setting}, or let them in."),
    ("3D000", faults.DatabaseMissing, "has no such database; make it with CREATE DATABASE, in UTF8."),
    (
        "42501",
        faults.CredentialsRefused,
        "lets this user not do that; GRANT CONNECT and CREATE on the database.",
    ),
    ("25006", faults.DatabaseReadOnly, "can be read only; give the address of the primary in {setting}."),
    ("53100", faults.DatabaseFull, "has no room on its disk; make some. It was not changed."),
    ("57P03", faults.DatabaseUnreachable, "starts or stops just now; start again in a moment."),
    ("53300", faults.DatabaseUnreachable, "has all its connections taken; raise max_connections, or wait."),
)
"""By the beginning of the SQLSTATE; the first that fits."""

SQLITE_CODES: Final[dict[int, tuple[type[DatabaseUnusable], str]]] = {
    sqlite3.SQLITE_NOTADB: (
        faults.DatabaseFileWrong,
        "is no SQLite database; move it away, or restore a backup.",
    ),
    sqlite3.SQLITE_CORRUPT: (faults.DatabaseFileWrong, "is damaged; restore a backup."),
    sqlite3.SQLITE_CANTOPEN: (
        faults.DatabaseFileWrong,
        "cannot be opened or made; look at its folder and rights.",
    ),
    sqlite3.SQLITE_READONLY: (
        faults.DatabaseReadOnly,
        "may not be written by this user; correct its rights.",
    ),
    sqlite3.SQLITE_FULL: (faults.DatabaseFull, "has no room on its disk; make some. It was not changed."),
    sqlite3.SQLITE_IOERR: (
        faults.DatabaseFull,
        "cannot be written; the disk is full or failing. It was not changed.",
    ),
    sqlite3.SQLITE_BUSY: (faults.DatabaseUnreachable, "is locked by another process; end that, or wait."),
}
PRIMARY_CODE = 0xFF
"""The lowest byte of an extended result code of SQLite says what kind it is."""


@contextmanager
def refused(database: Database) -> Generator[None]:
    """Turn what the driver raises into the fault that says what to do.

    Raises:
        DatabaseUnusable: In place of the driver's error.
    """
    try:
        yield
    except (OSError, DBAPIError, sqlite3.Error, PoolTimeout) as error:
        raise read(error, database) from error
    except TypeError as error:
        # The driver takes the options of the address as arguments.
        if "keyword argument" not in str(error):
            raise
        message = "has an option after the ? that the driver does not know; remove it."
        raise faults.DatabaseAddressWrong(f"{database.schema}: {setting_of(database)} {message}") from error


def read(error: Exception, database: Database) -> DatabaseUnusable:
    """Name what an error of the driver means."""
    cause = (error.orig if isinstance(error, DBAPIError) else None) or error
    if database.is_sqlite:
        code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_CANTOPEN) & PRIMARY_CODE
        kind, remedy = SQLITE_CODES.get(code, (faults.DatabaseRefused, f"refuses: {_one_line(cause)}."))
        return kind(f"{database.schema}: The file {database.url.database} {remedy}")
    where = f"{database.schema}: {place_of(database.url)}"
    state: str = getattr(cause, "sqlstate", None) or ""
    for beginning, kind, remedy in STATES:
        if state.startswith(beginning):
            return kind(f"{where} {remedy.format(setting=setting_of(database))}")
    if isinstance(cause, TimeoutError):
        return faults.DatabaseUnreachable(
            f"{where} does not answer within {CONNECT_SECONDS_MAX} s; is it up?"
        )
    if is_out_of_reach(error):
        number = cause.errno if isinstance(cause, OSError) else None
        why = os.strerror(number) if number and number > 0 else _one_line(cause)
        return faults.DatabaseUnreachable(
            f"{where} cannot be reached ({why}); is it up, and the address right?"
        )
    return faults.DatabaseRefused(f"{where} refuses: {_one_line(cause)}.")


def place_of(url: URL) -> str:
    """Say which PostgreSQL and database an address means, without user and password."""
    host = url.host or url.query.get("host") or "localhost"
    port = f":{url.port}" if url.port else ""
    return f"PostgreSQL at {host}{port}, database {url.database or 'of the user'},"


def setting_of(database: Database) -> str:
    return f"LINLI_{database.schema.upper()}_DATABASE_URL"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
