"""The supervised deployment, tried: it comes up, comes back, computes, and ends without a trace."""

import re
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.journeys.deployment import DEPLOY, Deployment, deployment
from tests.journeys.linli import as_json, environment
from tests.journeys.processes import SERVICES, WORKERS_A_SERVICE, free_ports
from tests.journeys.test_demo import SMALL
from tests.servers.process import wait_until

pytestmark = pytest.mark.timeout(400)
CAUGHT_UP_SECONDS_MAX = 60.0
DEMO_SECONDS_MAX = 200.0
SECONDS_MAX = 30.0


def run(*command: str | Path, extra: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        env=environment(extra),
        cwd=DEPLOY,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


@pytest.fixture(scope="module")
def running() -> Iterator[Deployment]:
    with deployment() as found:
        found.wait_until_up()
        yield found


@pytest.mark.slow
class TestTheDeployment:
    def test_runs_every_program_and_its_servers_answer(self, running: Deployment) -> None:
        workers = {f"{name}-worker-{number}" for name in SERVICES for number in range(WORKERS_A_SERVICE)}
        assert running.programs().keys() == {"postgres", "valkey", "migrate", *SERVICES, *workers}
        assert as_json(running.linli("status", "--json")).keys() == set(SERVICES)
        for number in ("00", "01", "02", "10", "11", "20", "21", "30", "31"):
            port = running.environment["DEPLOY_METRICS_PORTS"] + number
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                assert b"linli_" in answer.read()

    def test_shows_its_programs_to_an_operator(self, running: Deployment) -> None:
        control = ("-m", "supervisor.supervisorctl", "-c", "supervisord.conf", "status")
        shown = run(*control, extra=running.environment)
        assert shown.stdout.count("RUNNING") == len(running.programs()) - 1
        assert re.search(r"^migrate +EXITED", shown.stdout, re.MULTILINE)

    def test_keeps_its_secrets_from_others(self, running: Deployment) -> None:
        key = running.folder / "request.key"
        for path in (key, running.folder / "linli.toml"):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        command_lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in running.family()]
        assert len(command_lines) > len(running.programs())
        assert not any(key.read_bytes().strip() in line for line in command_lines)

    def test_brings_back_what_is_killed_and_loses_nothing(self, running: Deployment) -> None:
        with running.begin(*SMALL) as demo:
            try:
                assert wait_until(running.has_facts, seconds_max=DEMO_SECONDS_MAX)
                running.kill("members", "points-worker-1", "postgres", "valkey")
                out, err = demo.communicate(timeout=DEMO_SECONDS_MAX)
            finally:
                demo.kill()
        assert demo.returncode == 0, err[-2000:] + running.logs()
        assert '"verified": true' in out
        heads = running.heads()
        running.kill("postgres", "events", "events-worker-0")
        assert running.heads() == heads
        assert wait_until(running.is_caught_up, seconds_max=CAUGHT_UP_SECONDS_MAX)
        assert as_json(running.linli("verify", "--json"))["verified"] is True

    def test_ends_in_order_and_leaves_no_process(self, running: Deployment) -> None:
        assert len(running.family()) > len(running.programs())
        assert running.stop() == 0
        assert running.family() == set()
        stopped = [
            line.split(" stopped: ")[1].split()[0]
            for line in (running.folder / "logs" / "supervisord.log").read_text("utf-8").splitlines()
            if " stopped: " in line
        ]
        assert set(stopped[-2:]) == {"postgres", "valkey"}
        assert all("worker" in name for name in stopped[:6])
        said = (running.folder / "logs" / "postgres.log").read_text("utf-8").splitlines()
        assert said[-1].endswith("database system is shut down")


class TestTheStart:
    def test_is_refused_in_one_line_without_the_servers(self, tmp_path: Path) -> None:
        folder = tmp_path / "linli"
        refused = run("up.py", extra={"DEPLOY_FOLDER": str(folder), "DEPLOY_POSTGRES_BIN": str(tmp_path)})
        assert refused.returncode == 1
        assert refused.stderr == f"Cannot start: no initdb was found in {tmp_path}; set DEPLOY_POSTGRES_BIN\n"
        assert not folder.exists()

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DEPLOY_WORKERS", "0"),
            ("DEPLOY_WORKERS", "11"),
            ("DEPLOY_METRICS_PORTS", "999"),
            ("DEPLOY_POINTS_PORT", "abc"),
            ("DEPLOY_NONSENSE", "3"),
        ],
    )
    def test_is_refused_in_one_line_with_a_variable_that_cannot_work(
        self, tmp_path: Path, name: str, value: str
    ) -> None:
        folder = tmp_path / "linli"
        refused = run("up.py", extra={"DEPLOY_FOLDER": str(folder), name: value})
        assert refused.returncode == 1
        assert name in refused.stderr
        assert refused.stderr.count("\n") == 1
        assert not folder.exists()


class TestTheHealthCheck:
    def test_says_that_nobody_answers(self) -> None:
        asked = run("healthy.py", f"127.0.0.1:{free_ports(1)[0]}")
        assert asked.returncode == 1
        assert asked.stderr.endswith("does not answer: UNAVAILABLE\n")
