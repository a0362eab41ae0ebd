"""What a process says when it cannot start on its databases; nothing is changed in any of them."""

import asyncio
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import structlog
from sqlalchemy import text

from services.chassis.faults import CannotStart
from services.chassis.installation import Store, TimeZoneFixed, look_at_all, require_ready, set_up
from services.chassis.sql import faults
from services.chassis.sql.migrations import CHASSIS, Phase, Stream
from tests.servers.postgres import GUARDED, PostgresServer, run_sql

PASSWORD = "rather-secret"  # noqa: S105 - of a server that lives as long as the tests
MIGRATION = """
from alembic import op
revision = {revision!r}
down_revision = {before!r}
def upgrade():
    op.execute("CREATE TABLE made_by_{revision} (id INTEGER)")
"""


def store(url: str, *, service: str = "members", streams: tuple[Stream, ...] = (CHASSIS,)) -> Store:
    return Store(service=service, url=url, streams=streams, time_zone="Asia/Shanghai")


def stream(folder: Path, *names: str) -> Stream:
    """A stream of these migrations, such as `0001_pre_first`, each of which makes a table."""
    versions = folder / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    before = None
    for name in names:
        revision = name[:4]
        (versions / f"{name}.py").write_text(MIGRATION.format(revision=revision, before=before))
        before = revision
    return Stream(name="trial", folder=folder)


def changed(url: str, **parts: str) -> str:
    return urlunsplit(urlsplit(url)._replace(**parts))


def entries(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def refusal(*stores: Store) -> CannotStart:
    """What setting up is refused with: one line each, with no traceback and no secret in it."""
    with pytest.raises(CannotStart) as caught:
        await set_up(stores, phase=Phase.ALL)
    for line in str(caught.value).splitlines():
        assert line.startswith(tuple(f"{each.service}: " for each in stores))
        assert PASSWORD not in line
    return caught.value


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says anything."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


class TestUnreachable:
    @pytest.mark.parametrize("host", ["127.0.0.1:1", "no-such-host.invalid"])
    async def test_server_is_named_without_the_password(self, host: str) -> None:
        found = await refusal(store(f"postgresql://linli:{PASSWORD}@{host}/linli"))
        assert isinstance(found, faults.DatabaseUnreachable)
        assert host.partition(":")[0] in str(found)

    async def test_server_that_does_not_answer_is_given_up(self, silent_port: int) -> None:
        found = await refusal(store(f"postgresql://linli:{PASSWORD}@127.0.0.1:{silent_port}/linli"))
        assert isinstance(found, faults.DatabaseUnreachable)

    @pytest.mark.parametrize("url", ["postgresql://h:port/x", "sqlite://", "postgresql://h/x?sslmode=no"])
    async def test_address_is_said_to_be_none(self, url: str) -> None:
        assert isinstance(await refusal(store(url)), faults.DatabaseAddressWrong)


class TestServer:
    async def test_refuses_a_wrong_password(self, postgres_server: PostgresServer) -> None:
        postgres_server.start()
        run_sql(url=postgres_server.url, statement=f"CREATE ROLE {GUARDED} LOGIN PASSWORD '{PASSWORD}'")
        try:
            url = postgres_server.url.replace("linli@", f"{GUARDED}:not-{PASSWORD}@")
            assert isinstance(await refusal(store(url)), faults.CredentialsRefused)
        finally:
            run_sql(url=postgres_server.url, statement=f"DROP ROLE {GUARDED}")

    async def test_refuses_an_unknown_user(self, postgres_server: PostgresServer) -> None:
        postgres_server.start()
        url = postgres_server.url.replace("linli@", "nobody-here@")
        assert isinstance(await refusal(store(url)), faults.CredentialsRefused)

    async def test_without_the_database_says_how_to_make_it(self, postgres_server: PostgresServer) -> None:
        postgres_server.start()
        found = await refusal(store(changed(postgres_server.url, path="/never_made")))
        assert isinstance(found, faults.DatabaseMissing)
        assert "CREATE DATABASE" in str(found)

    async def test_that_keeps_text_otherwise_is_refused(self, postgres_server: PostgresServer) -> None:
        postgres_server.start()
        make = "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C' STRATEGY file_copy"
        run_sql(url=postgres_server.url, statement=make)
        try:
            found = await refusal(store(changed(postgres_server.url, path="/latin")))
            assert isinstance(found, faults.DatabaseEncodingWrong)
        finally:
            run_sql(url=postgres_server.url, statement="DROP DATABASE latin WITH (FORCE)")

    async def test_that_only_reads_is_refused(self, postgres_url: str) -> None:
        name = urlsplit(postgres_url).path[1:]
        statement = f"ALTER DATABASE {name} SET default_transaction_read_only = on"
        run_sql(url=postgres_url, statement=statement)
        assert isinstance(await refusal(store(postgres_url)), faults.DatabaseReadOnly)

    async def test_that_lets_the_user_make_nothing_is_refused(self, postgres_url: str) -> None:
        run_sql(url=postgres_url, statement="CREATE ROLE poor LOGIN")
        try:
            found = await refusal(store(postgres_url.replace("linli@", "poor@")))
            assert isinstance(found, faults.CredentialsRefused)
            assert "GRANT" in str(found)
        finally:
            run_sql(url=postgres_url, statement="DROP ROLE poor")


class TestFile:
    async def test_that_is_no_database_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "members.sqlite"
        path.write_text("a shopping list, by no means a database\n" * 100)
        before = path.read_bytes()
        found = await refusal(store(f"sqlite:///{path}"))
        assert isinstance(found, faults.DatabaseFileWrong)
        assert path.read_bytes() == before
        assert entries(tmp_path) == [path.name]

    async def test_in_a_folder_that_is_not_there_says_so(self, tmp_path: Path) -> None:
        found = await refusal(store(f"sqlite:///{tmp_path}/gone/members.sqlite"))
        assert isinstance(found, faults.DatabaseFileWrong)
        assert entries(tmp_path) == []

    async def test_that_cannot_be_made_says_so(self) -> None:
        # Nobody, not even root, makes a file there.
        found = await refusal(store("sqlite:////proc/self/members.sqlite"))
        assert isinstance(found, faults.DatabaseUnusable)

    async def test_that_another_process_holds_locked_says_so(self, tmp_path: Path) -> None:
        path = tmp_path / "members.sqlite"
        await set_up([store(f"sqlite:///{path}")], phase=Phase.ALL)
        with sqlite3.connect(path, isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            found = await refusal(store(f"sqlite:///{path}"))
        other.close()
        assert isinstance(found, faults.DatabaseUnreachable)


class TestSeveral:
    async def test_problems_are_told_at_once_and_nothing_is_made(self, tmp_path: Path) -> None:
        good = store(f"sqlite:///{tmp_path}/members.sqlite")
        away = store(f"postgresql://linli:{PASSWORD}@127.0.0.1:1/linli", service="events")
        gone = store(f"sqlite:///{tmp_path}/gone/points.sqlite", service="points")
        found = await refusal(good, away, gone)
        assert isinstance(found, faults.SeveralProblems)
        assert [type(each) for each in found.problems] == [
            faults.DatabaseUnreachable,
            faults.DatabaseFileWrong,
        ]
        assert entries(tmp_path) == []

    async def test_files_are_left_alone_when_one_is_of_a_newer_version(self, tmp_path: Path) -> None:
        old = stream(tmp_path / "old", "0001_pre_first")
        services = ("members", "events", "points")
        urls = {name: f"sqlite:///{tmp_path}/{name}.sqlite" for name in services}
        await set_up(
            [store(urls[name], service=name, streams=(CHASSIS, old)) for name in services], phase=Phase.ALL
        )
        with sqlite3.connect(tmp_path / "points.sqlite") as points:
            points.execute("UPDATE migrations_trial SET version_num = '0009'")
        points.close()
        before = {name: (tmp_path / f"{name}.sqlite").read_bytes() for name in services}

        new = stream(tmp_path / "new", "0001_pre_first", "0002_pre_second")
        found = await refusal(*(store(urls[name], service=name, streams=(CHASSIS, new)) for name in services))

        assert isinstance(found, faults.SchemaNewer)
        assert str(found).startswith("points: ")
        assert before == {name: (tmp_path / f"{name}.sqlite").read_bytes() for name in services}


class TestTimeZone:
    async def test_of_another_district_is_refused_before_anything_changes(self, database_url: str) -> None:
        await set_up([store(database_url)], phase=Phase.ALL)
        elsewhere = Store(service="members", url=database_url, streams=(CHASSIS,), time_zone="Europe/London")
        with pytest.raises(TimeZoneFixed):
            await look_at_all([elsewhere])


class TestPhases:
    async def names(self, *stores: Store, phase: Phase) -> list[str]:
        ran = await set_up(stores, phase=phase)
        return [each.name for each in ran["members"] if each.stream == "trial"]

    async def test_pre_stops_at_the_first_post_and_post_does_the_rest(
        self, database_url: str, tmp_path: Path
    ) -> None:
        first, rest = ["0001_pre_first"], ["0002_pre_second", "0003_post_third", "0004_pre_fourth"]
        old = store(database_url, streams=(CHASSIS, stream(tmp_path / "old", *first)))
        new = store(database_url, streams=(CHASSIS, stream(tmp_path / "new", *first, *rest)))
        assert await self.names(old, phase=Phase.PRE) == first

        with pytest.raises(faults.PhaseOutOfOrder):
            await set_up([new], phase=Phase.POST)
        assert await self.names(new, phase=Phase.PRE) == rest[:1]
        assert await self.names(new, phase=Phase.PRE) == []
        assert await self.names(new, phase=Phase.POST) == rest[1:]
        assert await self.names(new, phase=Phase.ALL) == []

    async def test_all_run_on_a_new_database_whatever_the_phase(
        self, database_url: str, tmp_path: Path
    ) -> None:
        names = ["0001_pre_first", "0002_post_second"]
        new = store(database_url, streams=(CHASSIS, stream(tmp_path, *names)))
        assert await self.names(new, phase=Phase.PRE) == names

    async def test_two_at_once_do_the_work_once(self, postgres_url: str, tmp_path: Path) -> None:
        new = store(postgres_url, streams=(CHASSIS, stream(tmp_path, "0001_pre_first")))
        ran = await asyncio.gather(*(self.names(new, phase=Phase.ALL) for _ in range(4)))
        assert sorted(ran) == [[], [], [], ["0001_pre_first"]]


class TestProcessOfItsOwn:
    async def test_needs_the_pre_migrations(self, database_url: str, tmp_path: Path) -> None:
        old = store(database_url, streams=(CHASSIS, stream(tmp_path / "old", "0001_pre_first")))
        new = store(
            database_url, streams=(CHASSIS, stream(tmp_path / "new", "0001_pre_first", "0002_pre_second"))
        )
        with pytest.raises(faults.SchemaNotMigrated, match="linli migrate members"):
            await require_ready([new])
        await set_up([old], phase=Phase.ALL)
        with pytest.raises(faults.SchemaNotMigrated, match="0002_pre_second"):
            await require_ready([new])
        await set_up([new], phase=Phase.PRE)
        await require_ready([new])

    async def test_starts_with_a_warning_while_post_migrations_wait(
        self, database_url: str, tmp_path: Path
    ) -> None:
        old = store(database_url, streams=(CHASSIS, stream(tmp_path / "old", "0001_pre_first")))
        new = store(
            database_url, streams=(CHASSIS, stream(tmp_path / "new", "0001_pre_first", "0002_post_second"))
        )
        await set_up([old], phase=Phase.ALL)
        with structlog.testing.capture_logs() as logs:
            await require_ready([new])
        assert [each["migrations"] for each in logs] == [["0002_post_second"]]

    async def test_refuses_a_schema_without_identity(self, database_url: str) -> None:
        await set_up([store(database_url)], phase=Phase.ALL)
        async with store(database_url).opened() as database, database.write() as connection:
            await connection.execute(text("DELETE FROM installation"))
        with pytest.raises(faults.SchemaNotMigrated):
            await require_ready([store(database_url)])
