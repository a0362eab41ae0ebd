"""`linli migrate`, as an operator runs it."""

from pathlib import Path

from tests.journeys.linli import as_json, linli, served
from tests.servers.postgres import run_sql


class TestFolder:
    def test_is_made_once_and_then_served(self, tmp_path: Path) -> None:
        first = as_json(linli("migrate", "--data-dir", str(tmp_path), "--json"))
        again = as_json(linli("migrate", "--data-dir", str(tmp_path), "--json"))
        assert {step["state"] for steps in first["services"].values() for step in steps} == {"done"}
        assert again["services"] == {"members": [], "events": [], "points": []}
        with served(tmp_path) as server:
            assert server.stop() == 0

    def test_that_a_server_serves_from_is_refused(self, tmp_path: Path) -> None:
        with served(tmp_path):
            refused = linli("migrate", "--data-dir", str(tmp_path))
        assert refused.returncode == 1
        assert refused.stderr.count("\n") == 1
        assert "stop it" in refused.stderr

    def test_is_not_touched_by_a_dry_run(self, tmp_path: Path) -> None:
        shown = linli("migrate", "points", "--dry-run", "--data-dir", str(tmp_path))
        assert "would run" in shown.stdout
        assert list(tmp_path.iterdir()) == []


class TestPostgreSQL:
    def test_gets_the_schema_of_the_one_service(self, tmp_path: Path, postgres_url: str) -> None:
        arguments = ("migrate", "points", "--database-url", postgres_url, "--data-dir", str(tmp_path))
        assert linli(*arguments).returncode == 0
        assert "nothing to do" in linli(*arguments).stdout
        assert run_sql(url=postgres_url, statement="SELECT count(*) FROM points.installation") == "1"
        assert list(tmp_path.iterdir()) == []

    def test_that_is_not_there_is_one_line(self, tmp_path: Path) -> None:
        away = "postgresql://linli:secret@127.0.0.1:1/linli"
        refused = linli("migrate", "points", "--database-url", away, "--data-dir", str(tmp_path))
        assert refused.returncode == 1
        assert refused.stderr.count("\n") == 1
        assert refused.stderr.startswith("points: PostgreSQL at 127.0.0.1:1")
        assert "secret" not in refused.stderr

    def test_that_nobody_has_migrated_is_refused_by_a_server_of_its_own(self, postgres_url: str) -> None:
        settings = {
            "LINLI_POINTS_DATABASE_URL": postgres_url,
            "LINLI_REQUEST_KEY": "0123456789abcdef0123456789abcdef",
            "LINLI_TARGET": "127.0.0.1:1",
        }
        for command in (("serve", "points", "--port", "0"), ("work", "points")):
            refused = linli(*command, extra=settings)
            assert refused.returncode == 1
            assert "linli migrate points" in refused.stderr
            assert "Traceback" not in refused.stderr


class TestUsage:
    def test_of_an_address_for_several_services_is_wrong(self) -> None:
        assert linli("migrate", "--database-url", "postgresql://h/x").returncode == 2

    def test_of_an_unknown_service_is_wrong(self) -> None:
        refused = linli("migrate", "pionts")
        assert refused.returncode == 2
        assert "Traceback" not in refused.stderr
