"""One still moment over several SQLite files, and copies of what they held then while writers go on."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.console.faults import BackupRefused

LOCK_WAIT_MS: Final = 250
"""How long one file's writer is waited for while the others already wait for us; then all are let go."""
ROUNDS_MAX: Final = 60
BETWEEN_ROUNDS_SECONDS: Final = 0.1
PAGES_PER_STEP: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A moment at which nobody wrote to any of the files."""

    snapshots: Mapping[str, sqlite3.Connection]
    """By name: each goes on seeing its file as it was then."""
    held_ms: float
    """How long writers had to wait for it."""


@contextmanager
def still_moment(files: Mapping[str, Path]) -> Iterator[Moment]:
    """Hold the writers of all files for a moment and pin what each file held then.

    Nobody who holds one of these locks waits for another, since a server's transaction has one file; so
    holding all of them cannot lock anybody out for good.

    Raises:
        BackupRefused: A writer did not let go in time.
    """
    with ExitStack() as stack:
        locks = [stack.enter_context(_connected(file)) for file in files.values()]
        readers = {name: stack.enter_context(_connected(file)) for name, file in files.items()}
        for _ in range(ROUNDS_MAX):
            began = time.perf_counter()
            if _take(locks):
                break
            time.sleep(BETWEEN_ROUNDS_SECONDS)
        else:
            raise BackupRefused("Something writes to the data without a pause; try again when it is done.")
        for reader in readers.values():
            reader.execute("BEGIN")
            # A transaction of SQLite sees the file as it was at its first read.
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        _let_go(locks)
        yield Moment(snapshots=readers, held_ms=(time.perf_counter() - began) * 1_000)


def copy(snapshot: sqlite3.Connection, target: Path, *, advance: Callable[[int], None]) -> None:
    """Copy what a snapshot sees into a new file, which is complete, closed and on the disk at the end.

    Args:
        snapshot: Of a moment. Its transaction stays open, so checkpoints and writers of the source leave its
            pages alone, and the copy never has to begin again.
        target: Does not exist yet.
        advance: Told how many pages more are copied.

    Raises:
        sqlite3.Error: The copy cannot be written.
    """
    left: int | None = None

    def tell(_status: int, remaining: int, total: int) -> None:
        nonlocal left
        advance((total if left is None else left) - remaining)
        left = remaining

    with closing(sqlite3.connect(target, isolation_level=None)) as made:
        made.execute("PRAGMA synchronous=OFF")  # flushed as a whole below
        snapshot.backup(made, pages=PAGES_PER_STEP, progress=tell)
    flush(target)


def pages_of(snapshot: sqlite3.Connection) -> int:
    """Count the pages that a copy will have."""
    count: int = snapshot.execute("PRAGMA page_count").fetchone()[0]
    return count


def flush(path: Path) -> None:
    """Have a file, or the list of files of a folder, written to the disk before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _connected(file: Path) -> Iterator[sqlite3.Connection]:
    address = f"{file.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA busy_timeout={LOCK_WAIT_MS}")
        yield connection


def _take(locks: list[sqlite3.Connection]) -> bool:
    """Lock all files against writing, or none."""
    try:
        for lock in locks:
            lock.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        _let_go(locks)
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            return False
        raise
    return True


def _let_go(locks: list[sqlite3.Connection]) -> None:
    for lock in locks:
        if lock.in_transaction:
            lock.execute("ROLLBACK")
