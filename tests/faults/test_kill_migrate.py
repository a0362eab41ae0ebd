"""kill -9 in the middle of a migration: nothing of it happened, and the next run does it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.chassis.installation import Store, look_at_all, set_up
from services.chassis.sql.migrations import CHASSIS, Phase, Stream
from tests.journeys.linli import ROOT, environment
from tests.servers.process import wait_until

SLOW = """
import os, pathlib, time
from alembic import op
revision, down_revision = "0001", None
def upgrade():
    op.execute("CREATE TABLE half_made (id INTEGER)")
    marker = os.environ.get("TEST_MARKER")
    if marker:
        pathlib.Path(marker).touch()
        time.sleep(60)
"""
PROGRAM = """
import asyncio, sys
from pathlib import Path
from services.chassis.installation import Store, set_up
from services.chassis.sql.migrations import CHASSIS, Phase, Stream
streams = (CHASSIS, Stream(name="trial", folder=Path(sys.argv[2])))
store = Store(service="members", url=sys.argv[1], streams=streams, time_zone="Asia/Shanghai")
asyncio.run(set_up([store], phase=Phase.ALL))
"""


@pytest.fixture
def slow(tmp_path: Path) -> Stream:
    versions = tmp_path / "slow" / "versions"
    versions.mkdir(parents=True)
    (versions / "0001_pre_slow.py").write_text(SLOW)
    return Stream(name="trial", folder=versions.parent)


def kill_in_the_middle(url: str, folder: Path, *, marker: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url, str(folder)],
        env=environment({"TEST_MARKER": str(marker), "PATH": os.environ["PATH"]}),
        cwd=ROOT,
    )
    try:
        assert wait_until(marker.exists, seconds_max=30)
    finally:
        process.kill()
        process.wait(timeout=30)


async def test_a_killed_migration_leaves_nothing(database_url: str, slow: Stream, tmp_path: Path) -> None:
    kill_in_the_middle(database_url, slow.folder, marker=tmp_path / "marker")

    store = Store(service="members", url=database_url, streams=(CHASSIS, slow), time_zone="Asia/Shanghai")
    assert (await look_at_all([store]))["members"].is_new
    ran = await set_up([store], phase=Phase.ALL)
    assert [each.name for each in ran["members"]] == ["0001_pre_initial", "0001_pre_slow"]
