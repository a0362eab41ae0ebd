"""Linli as it runs for real: a server and workers for each service, as processes of their own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.journeys.linli import ROOT, START_SECONDS_MAX, environment, linli
from tests.servers.process import leash, wait_until

SERVICES = ("members", "events", "points")
WORKERS_A_SERVICE = 2
REQUEST_KEY = "0123456789abcdef0123456789abcdef"
UP = {"serve": "Linli listens on", "work": "Linli works for"}


@dataclass(slots=True, kw_only=True)
class Linli:
    """One process of Linli, which can be killed and started again."""

    name: str
    arguments: Sequence[str]
    settings: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and return when it says that it is up."""
        seen = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*leash(signal.SIGKILL), sys.executable, "-m", "services.console", *self.arguments],
                env=environment(self.settings),
                cwd=ROOT / "tests",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        process, up = self.process, UP[self.arguments[0]]
        wait_until(
            lambda: process.poll() is not None or up in self.logged(since=seen),
            seconds_max=START_SECONDS_MAX,
        )
        assert up in self.logged(since=seen), f"{self.name} did not start: {self.logged()[-2000:]}"

    def logged(self, *, since: int = 0) -> str:
        with self.log.open("rb") as log:
            log.seek(since)
            return log.read().decode(errors="replace")

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """End it as a crash does."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait(timeout=START_SECONDS_MAX)

    def stop(self) -> int:
        """End it as an operator does; returns its exit code."""
        assert self.process is not None
        self.send(signal.SIGTERM)
        return self.process.wait(timeout=START_SECONDS_MAX)


@dataclass(slots=True, kw_only=True)
class District:
    """All processes of one installation."""

    settings: Mapping[str, str]
    """What a client needs to find the servers."""
    servers: dict[str, Linli] = field(default_factory=dict)
    workers: dict[str, list[Linli]] = field(default_factory=dict)

    def everything(self) -> list[Linli]:
        return [*self.servers.values(), *(worker for some in self.workers.values() for worker in some)]


@contextmanager
def processes(
    folder: Path,
    *,
    database_url: str,
    redis_url: str | None,
    extra: Mapping[str, str] | None = None,
    workers: int = WORKERS_A_SERVICE,
) -> Iterator[District]:
    """Run three servers and their workers over one PostgreSQL and one Valkey until the end of the block."""
    targets = {service: f"127.0.0.1:{port}" for service, port in zip(SERVICES, free_ports(3), strict=True)}
    found_at = {f"LINLI_{service.upper()}_TARGET": target for service, target in targets.items()}
    settings = {
        **found_at,
        **{f"LINLI_{service.upper()}_DATABASE_URL": database_url for service in SERVICES},
        "LINLI_REQUEST_KEY": REQUEST_KEY,
        **({"LINLI_REDIS_URL": redis_url} if redis_url else {}),
        **(extra or {}),
    }
    district = District(settings=found_at)
    for service, target in targets.items():
        serve = ("serve", service, "--port", target.rpartition(":")[2])
        log = folder / f"serve-{service}.log"
        district.servers[service] = Linli(
            name=f"serve {service}", arguments=serve, settings=settings, log=log
        )
        district.workers[service] = [
            Linli(
                name=f"work {service} {number}",
                arguments=("work", service),
                settings=settings,
                log=folder / f"work-{service}-{number}.log",
            )
            for number in range(workers)
        ]
    migrated = linli("migrate", extra=settings)
    assert migrated.returncode == 0, migrated.stderr
    try:
        for each in district.everything():
            each.start()
        yield district
    finally:
        for each in district.everything():
            each.kill()


def free_ports(count: int) -> list[int]:
    """Find ports that nobody listens on; they are told before anybody does."""
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]
    finally:
        for each in held:
            each.close()
