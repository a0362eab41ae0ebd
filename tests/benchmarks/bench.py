"""What every row measures with: real servers, a folder for logs, and a pace."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.rounds import Pace
from tests.servers.postgres import PostgresServer, fresh_database
from tests.servers.valkey import ValkeyServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    pace: Pace
    folder: Path
    postgres: PostgresServer

    def fresh_database(self) -> AbstractContextManager[str]:
        """An empty database."""
        return fresh_database(server_url=self.postgres.url)

    def fresh_folder(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir()
        return folder

    @contextmanager
    def valkey(self) -> Iterator[ValkeyServer]:
        with ValkeyServer.running() as server:
            yield server
