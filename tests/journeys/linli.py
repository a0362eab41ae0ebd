"""The `linli` command as a person or a script runs it: a process of its own, nothing imported."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.process import wait_until

ROOT = Path(__file__).parents[2]
SECONDS_MAX = 110
START_SECONDS_MAX = 30


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give the environment of a command: no setting of ours but those of the test."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    paths = [str(ROOT), str(ROOT / "proto" / "gen")]
    return {**plain, "PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "200", **(extra or {})}


def linli(
    *arguments: str, extra: Mapping[str, str] | None = None, seconds_max: float = SECONDS_MAX
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "services.console", *arguments],
        env=environment(extra),
        cwd=ROOT / "tests",
        capture_output=True,
        text=True,
        timeout=seconds_max,
        check=False,
    )


def as_json(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Read what a command that succeeded printed."""
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running `linli serve`."""

    process: subprocess.Popen[str]
    folder: Path
    target: str

    def stop(self) -> int:
        """End it as an operator does; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=START_SECONDS_MAX)

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait(timeout=START_SECONDS_MAX)


@contextmanager
def served(folder: Path, *, extra: Mapping[str, str] | None = None, port: int = 0) -> Iterator[Served]:
    """Run `linli serve` over a folder until the end of the block."""
    announcement = folder / "server.json"
    announcement.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "services.console", "serve", "--data-dir", str(folder)]
    with (folder / "serve.log").open("a") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)],
            env=environment(extra),
            cwd=ROOT / "tests",
            stdout=log,
            stderr=log,
            text=True,
        )
    try:
        wait_until(lambda: announcement.exists() or process.poll() is not None, seconds_max=START_SECONDS_MAX)
        assert announcement.exists(), (folder / "serve.log").read_text()[-2000:]
        target = json.loads(announcement.read_text())["target"]
        yield Served(process=process, folder=folder, target=target)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=START_SECONDS_MAX)
