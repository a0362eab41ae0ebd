"""A still moment over two files that follow each other, beside a writer who never rests."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from services.console import moment
from services.console.faults import BackupRefused
from services.console.moment import copy, still_moment
from tests.servers.process import wait_until

MOMENTS = 60
ROWS = 3_000
CHECKPOINT_EVERY = 50


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Two files, each with a log and a cursor on the other's, as members and events have them."""
    found = {name: tmp_path / f"{name}.sqlite" for name in ("members", "events")}
    for file in found.values():
        with closing(connect(file)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE ends (log INTEGER, cursor INTEGER)")
            connection.execute("INSERT INTO ends VALUES (0, 0)")
            connection.execute("CREATE TABLE filling (number INTEGER PRIMARY KEY, turn INTEGER, bytes BLOB)")
            connection.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                "INSERT INTO filling SELECT i, 0, zeroblob(1000) FROM n",
                (ROWS,),
            )
    return found


def connect(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA busy_timeout=5000")
    connection.execute("PRAGMA synchronous=OFF")
    return connection


@contextmanager
def written_on(files: dict[str, Path]) -> Iterator[None]:
    """Write to both without a pause, each log before the other's cursor; and checkpoint, as servers do."""
    stop = threading.Event()

    def write() -> None:
        with closing(connect(files["members"])) as members, closing(connect(files["events"])) as events:
            turn = 0
            while not stop.is_set():
                turn += 1
                for one, other in ((members, events), (events, members)):
                    one.execute("UPDATE ends SET log = ?", (turn,))
                    other.execute("UPDATE ends SET cursor = ?", (turn,))
                    one.execute("UPDATE filling SET turn = ? WHERE number = ?", (turn, turn % ROWS + 1))
                if turn % CHECKPOINT_EVERY == 0:
                    members.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                    events.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        stop.set()
        writer.join()


def ends(connection: sqlite3.Connection) -> tuple[int, int]:
    log, cursor = connection.execute("SELECT log, cursor FROM ends").fetchone()
    return log, cursor


def test_no_cursor_is_ahead_of_its_log(files: dict[str, Path]) -> None:
    with written_on(files), closing(connect(files["members"])) as now:
        for _ in range(MOMENTS):
            with still_moment(files) as still:
                members_log, members_cursor = ends(still.snapshots["members"])
                events_log, events_cursor = ends(still.snapshots["events"])
            assert events_cursor <= members_log
            assert members_cursor <= events_log
            assert goes_on(now, (members_log, members_cursor))


def test_a_copy_has_what_its_snapshot_sees_while_the_writer_goes_on(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moment, "PAGES_PER_STEP", 10)
    every = "SELECT sum(turn * number), max(turn), count(*) FROM filling"
    target = tmp_path / "copy.sqlite"
    told: list[int] = []
    with written_on(files), still_moment(files) as still:
        snapshot = still.snapshots["events"]
        pinned = snapshot.execute(every).fetchone(), ends(snapshot)
        copy(snapshot, target, advance=told.append)
        with closing(connect(files["events"])) as now:
            assert goes_on(now, ends(snapshot))
    with closing(connect(target)) as made:
        assert (made.execute(every).fetchone(), ends(made)) == pinned
        assert made.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert sum(told) == made.execute("PRAGMA page_count").fetchone()[0]


def goes_on(connection: sqlite3.Connection, before: tuple[int, int]) -> bool:
    """Whether the writer came further than that."""
    return wait_until(lambda: ends(connection) != before, seconds_max=10)


def test_a_writer_who_never_lets_go_is_not_waited_for_for_ever(
    files: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moment, "ROUNDS_MAX", 2)
    with closing(connect(files["events"])) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(BackupRefused, match="without a pause"), still_moment(files):
            pass
        # Nobody else was locked out by the attempt.
        with closing(connect(files["members"])) as other:
            other.execute("PRAGMA busy_timeout=0")
            other.execute("UPDATE ends SET log = 1")
