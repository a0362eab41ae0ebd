import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.servers.folder import ABANDONED_AFTER_SECONDS, private_folder
from tests.servers.postgres import PostgresServer, fresh_database, run_sql
from tests.servers.process import ServerFailed, children_of, is_running, wait_until
from tests.servers.valkey import ValkeyServer

ROOT = Path(__file__).parents[2]
OWNER = """
import sys
from tests.servers.{module} import {server}
with {server}.running() as server:
    print(server.pid, server.folder, flush=True)
    sys.stdin.read()
"""
OWNERS = {
    "postgres": OWNER.format(module="postgres", server="PostgresServer"),
    "valkey": OWNER.format(module="valkey", server="ValkeyServer"),
}


class TestPostgresUrl:
    async def test_leads_to_a_recent_postgresql_through_asyncpg(self, postgres_url: str) -> None:
        engine = create_async_engine(postgres_url.replace("postgresql://", "postgresql+asyncpg://", 1))
        async with engine.connect() as connection:
            version = await connection.scalar(text("SELECT current_setting('server_version_num')::int"))
        await engine.dispose()
        assert version >= 150000

    @pytest.mark.parametrize("turn", ["first", "second"])
    def test_is_an_empty_database_for_each_test(self, postgres_url: str, turn: str) -> None:
        run_sql(url=postgres_url, statement=f"CREATE TABLE only_once AS SELECT '{turn}'")
        assert run_sql(url=postgres_url, statement="SELECT * FROM only_once") == turn

    def test_sorts_text_by_code_point_as_sqlite_does(self, postgres_url: str) -> None:
        ordered = "SELECT string_agg(t, '' ORDER BY t) FROM unnest(ARRAY['里', 'b', 'a', 'B', '_']) AS t"
        assert run_sql(url=postgres_url, statement=ordered) == "B_ab里"

    def test_is_durable(self, postgres_url: str) -> None:
        durable = "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
        assert run_sql(url=postgres_url, statement=durable) == "on|on"


class TestDatabaseUrl:
    def test_names_a_fresh_database_of_either_kind(
        self, database_url: str, request: pytest.FixtureRequest, tmp_path: Path
    ) -> None:
        if request.node.callspec.params["database_url"] == "sqlite":
            assert database_url == f"sqlite:///{tmp_path}/linli.db"
            assert not (tmp_path / "linli.db").exists()
        else:
            tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            assert run_sql(url=database_url, statement=tables) == "0"


class TestRedisUrl:
    async def test_leads_to_a_server_that_answers(self, redis_url: str) -> None:
        async with AsyncRedis.from_url(redis_url) as client:
            assert await client.ping()

    @pytest.mark.parametrize("turn", ["first", "second"])
    def test_is_empty_for_each_test(self, redis_url: str, turn: str) -> None:
        with Redis.from_url(redis_url) as client:
            assert client.dbsize() == 0
            client.set("turn", turn)


class TestKilledServer:
    def test_postgresql_starts_again_with_what_was_committed(self, postgres_server: PostgresServer) -> None:
        postgres_server.start()
        with fresh_database(server_url=postgres_server.url) as url:
            run_sql(url=url, statement="CREATE TABLE kept AS SELECT 42 AS answer")
            pid = postgres_server.pid
            processes = [pid, *children_of(pid)]
            assert len(processes) > 1

            postgres_server.kill()

            assert not any(map(is_running, processes))
            with pytest.raises(ServerFailed, match="connection to server"):
                run_sql(url=url, statement="SELECT 1")
            postgres_server.start()
            assert postgres_server.pid != pid
            assert run_sql(url=url, statement="SELECT answer FROM kept") == "42"

    def test_valkey_starts_again_empty(self, valkey_server: ValkeyServer) -> None:
        valkey_server.start()
        with Redis.from_url(valkey_server.url) as client:
            client.set("lost", "soon")
        pid = valkey_server.pid

        valkey_server.kill()

        assert not is_running(pid)
        valkey_server.start()
        with Redis.from_url(valkey_server.url) as client:
            assert client.dbsize() == 0


class TestStoppedServer:
    def test_starts_again(self, postgres_server: PostgresServer) -> None:
        postgres_server.start()
        postgres_server.stop()
        with pytest.raises(ServerFailed, match="does not run"):
            _ = postgres_server.pid
        postgres_server.start()
        assert run_sql(url=postgres_server.url, statement="SELECT 1") == "1"


class MisconfiguredServer(ValkeyServer):
    def command(self) -> list[str]:
        return [*super().command(), "--maxmemory-policy", "nonsense"]


class TestServerThatCannotStart:
    def test_says_so_with_the_end_of_its_log(self) -> None:
        with private_folder() as folder:
            server = MisconfiguredServer(folder=folder)
            server.install()
            with pytest.raises(ServerFailed, match=r"(?s)ended with 1 before.*maxmemory-policy"):
                server.start()


@contextmanager
def owner(name: str) -> Iterator[tuple[subprocess.Popen[str], int, Path]]:
    """Another Python that runs a server: its process, the server's pid and folder."""
    program = subprocess.Popen(
        [sys.executable, "-c", OWNERS[name]],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with program:
        assert program.stdout is not None
        pid, folder = program.stdout.readline().split()
        yield program, int(pid), Path(folder)
        program.kill()
    shutil.rmtree(folder, ignore_errors=True)


class TestServerWhoseOwnerDies:
    @pytest.mark.parametrize("name", ["postgres", "valkey"])
    def test_dies_with_it(self, name: str) -> None:
        with owner(name) as (program, server_pid, _):
            processes = [server_pid, *children_of(server_pid)]
            assert all(map(is_running, processes))
            program.send_signal(signal.SIGKILL)
            assert wait_until(lambda: not any(map(is_running, processes)), seconds_max=20.0)

    def test_leaves_a_folder_that_the_next_one_removes(self) -> None:
        with owner("valkey") as (program, server_pid, folder):
            long_ago = folder.stat().st_mtime - 2 * ABANDONED_AFTER_SECONDS
            os.utime(folder, (long_ago, long_ago))
            with private_folder():
                assert folder.exists(), "its owner lives"
            program.send_signal(signal.SIGKILL)
            assert wait_until(lambda: not is_running(program.pid), seconds_max=20.0)
            with private_folder():
                assert not folder.exists()
            assert wait_until(lambda: not is_running(server_pid), seconds_max=20.0)

    def test_ends_in_order_when_the_owner_does(self) -> None:
        with owner("postgres") as (program, server_pid, folder):
            program.communicate()
            assert program.returncode == 0
            assert not is_running(server_pid)
            assert not folder.exists()
