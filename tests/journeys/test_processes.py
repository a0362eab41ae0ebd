"""Three services with two workers each, as separate processes over PostgreSQL and Valkey."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from linli.members.v1.organisation_pb2 import CreateWorkUnitRequest
from linli.members.v1.organisation_pb2_grpc import OrganisationServiceStub
from redis import Redis

from services.chassis.rpc.incoming import CALLER_KEY
from tests.journeys.linli import ROOT, SECONDS_MAX, START_SECONDS_MAX, as_json, environment, linli
from tests.journeys.processes import SERVICES, District, processes
from tests.journeys.test_demo import SMALL, without_times
from tests.servers.process import wait_until
from tests.servers.valkey import ValkeyServer

CALLER = ((CALLER_KEY, "service:test"),)
CALL_SECONDS_MAX = 10.0
CAUGHT_UP_SECONDS_MAX = 30.0
KILLS = 4
AWAY_SECONDS = 60.0


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the small year comes to, undisturbed and in one process."""
    return without_times(as_json(linli(*SMALL, "--keep", str(tmp_path_factory.mktemp("quiet")))))


@contextmanager
def small_demo(district: District) -> Iterator[subprocess.Popen[str]]:
    """Run the small year through the servers, beside what the test does."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "services.console", *SMALL],
        env=environment(district.settings),
        cwd=ROOT / "tests",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    members = district.servers["members"]
    try:
        assert wait_until(lambda: "GridService" in members.logged(), seconds_max=START_SECONDS_MAX)
        yield demo
    finally:
        if demo.poll() is None:
            demo.kill()
        demo.communicate(timeout=30)


def printed_by(demo: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = demo.communicate(timeout=SECONDS_MAX)
    assert demo.returncode == 0, err
    found: dict[str, Any] = json.loads(out)
    return without_times(found)


def is_caught_up(settings: Mapping[str, str]) -> bool:
    found = as_json(linli("status", "--json", extra=settings))
    lags = [log["lag"] for status in found.values() for log in status["follows"].values()]
    return not any(lags) and not any(status["dirty_subjects"] for status in found.values())


def verify(district: District) -> dict[str, Any]:
    assert wait_until(lambda: is_caught_up(district.settings), seconds_max=CAUGHT_UP_SECONDS_MAX)
    return as_json(linli("verify", "--json", extra=district.settings))


def test_the_demo_prints_the_same_through_separate_processes(
    tmp_path: Path, postgres_url: str, redis_url: str, quiet: dict[str, Any]
) -> None:
    with processes(tmp_path, database_url=postgres_url, redis_url=redis_url) as district:
        there = without_times(as_json(linli(*SMALL, extra=district.settings)))
        assert there == quiet
        assert [each.stop() for each in district.everything()] == [0] * 9


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11])
def test_killed_services_and_workers_lose_and_double_nothing(
    tmp_path: Path, postgres_url: str, redis_url: str, quiet: dict[str, Any], seed: int
) -> None:
    chance = random.Random(seed)
    with (
        processes(tmp_path, database_url=postgres_url, redis_url=redis_url) as district,
        small_demo(district) as demo,
    ):
        killed = 0
        while demo.poll() is None and killed < KILLS:
            time.sleep(chance.uniform(0.5, 1.5))
            service = chance.choice(SERVICES)
            victims = [district.servers[service], chance.choice(district.workers[service])]
            for victim in victims:
                victim.kill()
            for victim in victims:
                victim.start()
            killed += 1
        assert killed
        assert printed_by(demo) == quiet
        assert verify(district)["verified"] is True


def keep_calling(district: District, *, seconds: float, name: str) -> int:
    """Write to `members` again and again; gives how many calls there were. None may fail."""
    calls = 0
    until = time.monotonic() + seconds
    with grpc.insecure_channel(district.settings["LINLI_MEMBERS_TARGET"]) as channel:
        units = OrganisationServiceStub(channel)
        while time.monotonic() < until:
            code = f"{name}-{calls}"
            request = CreateWorkUnitRequest(request_id=code, code=code, name="区教育局")
            units.CreateWorkUnit(request, metadata=CALLER, timeout=CALL_SECONDS_MAX)
            calls += 1
            time.sleep(0.05)
    return calls


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_without_redis_calls_go_on_and_everything_is_caught_up_after(
    *,
    tmp_path: Path,
    postgres_url: str,
    redis_url: str,
    valkey_server: ValkeyServer,
    quiet: dict[str, Any],
) -> None:
    with processes(tmp_path, database_url=postgres_url, redis_url=redis_url) as district:
        with small_demo(district) as demo:
            keep_calling(district, seconds=1, name="before")
            valkey_server.stop()
            assert keep_calling(district, seconds=AWAY_SECONDS, name="away")
            valkey_server.start()
            with Redis.from_url(redis_url) as client:
                client.flushall()
            keep_calling(district, seconds=1, name="after")
            printed = printed_by(demo)
        # The calls beside the demo made units of their own.
        made = printed["counts"]["work_units"]
        assert printed == {**quiet, "counts": {**quiet["counts"], "work_units": made}}
        assert verify(district)["verified"] is True
        assert all(each.process is not None and each.process.poll() is None for each in district.everything())


@pytest.mark.slow
def test_redis_that_is_not_there_at_the_start_is_a_warning(tmp_path: Path, postgres_url: str) -> None:
    with processes(
        tmp_path, database_url=postgres_url, redis_url="redis://127.0.0.1:1/0", workers=1
    ) as district:
        keep_calling(district, seconds=1, name="alone")
        assert verify(district)["verified"] is True
        assert "doorbell.unreachable" in district.servers["members"].logged()
