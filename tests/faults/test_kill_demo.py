"""kill -9 of the all-in-one in the middle of the demo: started again, the result is that of a quiet run."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.linli import ROOT, as_json, environment, linli
from tests.journeys.test_demo import without_times
from tests.servers.process import children_of, is_running, wait_until

YEAR = ("demo", "--json", "--scale", "0.05", "--seed", "5")
LATEST_KILL_SECONDS = 6.0


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return without_times(as_json(linli(*YEAR, "--keep", str(tmp_path_factory.mktemp("quiet")))))


def kill_in_the_middle(folder: Path, *, after_seconds: float) -> None:
    """Run the demo and kill the server it started, without warning."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "services.console", *YEAR, "--keep", str(folder)],
        env=environment(),
        cwd=ROOT / "tests",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert wait_until((folder / "server.json").exists, seconds_max=30)
        time.sleep(after_seconds)
        for child in children_of(demo.pid):
            os.kill(child, signal.SIGKILL)
    finally:
        demo.kill()
        demo.wait(timeout=30)
        (folder / "server.json").unlink(missing_ok=True)


def test_a_killed_demo_leaves_no_server_behind(tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-m", "services.console", *YEAR, "--keep", str(tmp_path)],
        env=environment(),
        cwd=ROOT / "tests",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert wait_until((tmp_path / "server.json").exists, seconds_max=30)
    (server,) = children_of(demo.pid)
    demo.kill()
    demo.wait(timeout=30)
    assert wait_until(lambda: not is_running(server), seconds_max=30)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_the_demo_killed_and_started_again_equals_a_quiet_run(
    tmp_path: Path, undisturbed: dict[str, Any], seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(2):
        kill_in_the_middle(tmp_path, after_seconds=chance.random() * LATEST_KILL_SECONDS)
    assert without_times(as_json(linli(*YEAR, "--keep", str(tmp_path)))) == undisturbed
