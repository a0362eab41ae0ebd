"""Real servers for every test that asks: started when first asked for, and gone with the test process.

`TEST_DATABASE_URL` (of a user who may create databases) and `TEST_REDIS_URL` (of a database that is emptied
before each test) say where `postgres_url` and `redis_url` lie instead. `postgres_server` and `valkey_server`
are always our own: tests kill them.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.servers.postgres import PostgresServer, fresh_database
from tests.servers.valkey import ValkeyServer


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with PostgresServer.running() as server:
        yield server


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[ValkeyServer]:
    with ValkeyServer.running() as server:
        yield server


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database, dropped after the test."""
    foreign_url = os.environ.get("TEST_DATABASE_URL")
    if foreign_url:
        with fresh_database(server_url=foreign_url) as url:
            yield url
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    server.start()  # the test before may have left it dead
    with fresh_database(server_url=server.url) as url:
        yield url
        server.start()  # and so may this one


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A database file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'linli.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database; the test runs on each kind."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    return url


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str:
    """An empty database of a server that speaks the Redis protocol."""
    url = os.environ.get("TEST_REDIS_URL")
    if not url:
        server: ValkeyServer = request.getfixturevalue("valkey_server")
        server.start()  # the test before may have left it dead
        url = server.url
    with Redis.from_url(url) as client:
        client.flushdb()
    return url
