"""The command line refuses in one line, with an exit code, and changes nothing."""

import json
import socket
from pathlib import Path

import pytest

from tests.journeys.linli import as_json, linli, served


class TestServe:
    def test_says_where_it_listens_and_drains_on_sigterm(self, tmp_path: Path) -> None:
        with served(tmp_path) as server:
            assert server.target.startswith("127.0.0.1:")
            assert server.stop() == 0
        assert f"Linli listens on {server.target}" in (tmp_path / "serve.log").read_text()
        assert not (tmp_path / "server.json").exists()

    def test_refuses_a_folder_that_another_process_serves_from(self, tmp_path: Path) -> None:
        with served(tmp_path):
            second = linli("serve", "--data-dir", str(tmp_path), "--port", "0")
        assert second.returncode == 1
        assert second.stderr.count("\n") == 1
        assert "Another process serves from" in second.stderr

    def test_starts_again_where_a_killed_one_left_its_folder(self, tmp_path: Path) -> None:
        with served(tmp_path) as server:
            server.kill()
        with served(tmp_path) as server:
            assert server.stop() == 0

    def test_refuses_a_port_in_use(self, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            refused = linli("serve", "--data-dir", str(tmp_path), "--port", port)
        assert list(tmp_path.iterdir()) == []
        assert refused.returncode == 1
        last = refused.stderr.strip().splitlines()[-1]
        assert last.startswith(f"Cannot listen on 127.0.0.1:{port}")
        assert "Traceback" not in refused.stderr

    def test_names_every_wrong_setting_at_once(self, tmp_path: Path) -> None:
        wrong = {"LINLI_TIME_ZONE": "Mars/Olympus", "LINLI_CALLS_MAX": "-3", "LINLI_PROT": "1"}
        refused = linli("serve", "--data-dir", str(tmp_path), extra=wrong)
        assert refused.returncode == 2
        assert all(name in refused.stderr for name in wrong)
        assert "Traceback" not in refused.stderr
        assert list(tmp_path.iterdir()) == []

    def test_refuses_a_folder_made_for_another_time_zone(self, tmp_path: Path) -> None:
        with served(tmp_path) as server:
            server.stop()
        refused = linli(
            "serve", "--data-dir", str(tmp_path), "--port", "0", extra={"LINLI_TIME_ZONE": "Europe/London"}
        )
        assert refused.returncode == 1
        assert "time zone" in refused.stderr
        assert "Traceback" not in refused.stderr


class TestAProcessOfItsOwn:
    @pytest.mark.parametrize(
        ("command", "service", "targets"),
        [
            ("serve", "points", ["MEMBERS_TARGET", "EVENTS_TARGET"]),
            ("work", "points", ["MEMBERS_TARGET", "EVENTS_TARGET"]),
            ("work", "members", ["EVENTS_TARGET", "POINTS_TARGET"]),
        ],
    )
    def test_names_all_that_it_lacks_at_once(
        self, tmp_path: Path, command: str, service: str, targets: list[str]
    ) -> None:
        wrong = {"LINLI_CALLS_MAX": "-3"}
        refused = linli(command, service, "--data-dir", str(tmp_path), extra=wrong)
        assert refused.returncode == 2
        lacking = (f"{service.upper()}_DATABASE_URL", "REQUEST_KEY", *targets, "CALLS_MAX")
        assert [refused.stderr.count(f"LINLI_{name}: ") for name in lacking] == [1] * len(lacking)
        assert len(refused.stderr.splitlines()) == len(lacking)
        assert list(tmp_path.iterdir()) == []

    def test_refuses_a_database_that_only_one_process_can_have(self, tmp_path: Path) -> None:
        file = f"sqlite:///{tmp_path}/points.sqlite"
        refused = linli("work", "points", "--database-url", file)
        assert refused.returncode == 2
        assert "--database-url: Processes of their own share a PostgreSQL database." in refused.stderr

    def test_blames_a_setting_once(self) -> None:
        refused = linli("serve", "points", extra={"LINLI_REQUEST_KEY": "short"})
        assert refused.stderr.count("LINLI_REQUEST_KEY") == 1

    def test_of_all_services_takes_no_single_database(self, tmp_path: Path) -> None:
        refused = linli("serve", "--data-dir", str(tmp_path), "--database-url", "postgresql:///x")
        assert refused.returncode == 2
        assert list(tmp_path.iterdir()) == []


class TestStatus:
    def test_tells_every_service_and_consumer(self, tmp_path: Path) -> None:
        with served(tmp_path):
            found = as_json(linli("status", "--json", "--data-dir", str(tmp_path)))
            shown = linli("status", "--data-dir", str(tmp_path))
        assert set(found) == {"members", "events", "points"}
        assert set(found["points"]["follows"]) == {"members", "events"}
        assert found["members"]["database"].startswith("SQLite 3")
        assert found["members"]["time_zone"] == "Asia/Shanghai"
        assert shown.returncode == 0
        assert "Consumers" in shown.stdout

    def test_without_a_server_says_what_to_do(self, tmp_path: Path) -> None:
        refused = linli("status", "--data-dir", str(tmp_path))
        assert refused.returncode == 1
        assert "linli serve" in refused.stderr
        assert refused.stderr.count("\n") == 1

    def test_of_a_server_that_is_gone_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "server.json").write_text(json.dumps({"target": "127.0.0.1:1", "process_id": 1}))
        refused = linli("status", "--data-dir", str(tmp_path))
        assert refused.returncode == 1
        assert "Traceback" not in refused.stderr


class TestVerify:
    def test_of_an_empty_district_agrees(self, tmp_path: Path) -> None:
        with served(tmp_path):
            found = as_json(linli("verify", "--json", "--data-dir", str(tmp_path)))
        assert found["verified"] is True
        assert set(found["services"]) == {"members", "events", "points"}


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["serve", "--port", "many"], ["demo", "--scale", "big"], ["replay"]]
)
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    refused = linli(*arguments)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("arguments", [["demo", "--scale", "-1"], ["demo", "--seed", "-5"]])
def test_a_demo_that_cannot_be_is_refused(arguments: list[str]) -> None:
    refused = linli(*arguments)
    assert refused.returncode in {1, 2}
    assert "Traceback" not in refused.stderr


def test_help_lists_the_commands() -> None:
    shown = linli("--help")
    assert shown.returncode == 0
    assert all(command in shown.stdout for command in ("serve", "demo", "replay", "status", "verify"))
