"""A client that is not ours finds and calls the API by reflection alone."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.linli import served
from tests.journeys.processes import processes

SERVICES = {
    "grpc.health.v1.Health",
    "linli.admin.v1.AdminService",
    "linli.events.v1.ActivityService",
    "linli.events.v1.WishService",
    "linli.feed.v1.FactConsumerService",
    "linli.feed.v1.FactFeedService",
    "linli.jobs.v1.JobService",
    "linli.members.v1.EnrolmentService",
    "linli.members.v1.GridService",
    "linli.members.v1.MemberService",
    "linli.members.v1.OrganisationService",
    "linli.points.v1.LeaderboardService",
    "linli.points.v1.LedgerService",
    "linli.points.v1.RewardService",
    "linli.points.v1.RuleService",
}


@pytest.fixture
def buf() -> str:
    found = shutil.which("buf", path=f"{Path(sys.executable).parent}:{Path('/usr/bin')}")
    assert found, "buf comes with the test extra"
    return found


def curl(buf: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [buf, "curl", "--protocol", "grpc", "--http2-prior-knowledge", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_foreign_client_lists_and_calls_the_services(tmp_path: Path, buf: str) -> None:
    with served(tmp_path) as server:
        url = f"http://{server.target}"
        listed = curl(buf, "--list-services", url)
        assert listed.returncode == 0, listed.stderr
        assert set(listed.stdout.split()) >= SERVICES

        caller = ("--header", "linli-caller: service:buf")
        unit = {"request_id": "buf-1", "code": "U1", "name": "区教育局"}
        creates = f"{url}/linli.members.v1.OrganisationService/CreateWorkUnit"
        created = curl(buf, *caller, "--data", json.dumps(unit), creates)
        assert created.returncode == 0, created.stderr
        assert json.loads(created.stdout)["written"]["positions"] == {"members": "1"}

        units = curl(
            buf, *caller, "--data", "{}", f"{url}/linli.members.v1.OrganisationService/ListWorkUnits"
        )
        assert [each["name"] for each in json.loads(units.stdout)["workUnits"]] == ["区教育局"]

        refused = curl(buf, "--data", json.dumps(unit), creates)
        assert refused.returncode != 0
        assert "unauthenticated" in refused.stderr


def test_a_server_of_one_service_lists_that_service_and_what_all_have(
    tmp_path: Path, buf: str, postgres_url: str
) -> None:
    with processes(tmp_path, database_url=postgres_url, redis_url=None, workers=0) as district:
        listed = curl(buf, "--list-services", f"http://{district.settings['LINLI_POINTS_TARGET']}")
    assert listed.returncode == 0, listed.stderr
    found = set(listed.stdout.split())
    assert found & SERVICES == {
        name for name in SERVICES if not name.startswith(("linli.members.", "linli.events."))
    }
