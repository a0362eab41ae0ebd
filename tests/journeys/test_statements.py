"""`linli members statements` against a real server: a quarter is told, sent, answered and corrected."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from linli.events.v1 import activity_pb2
from linli.members.v1 import enrolment_pb2, grid_pb2, member_pb2, organisation_pb2

from tests.journeys.bad_input.client import Client
from tests.journeys.bad_input.district import ACTIVITIES, ENROLMENTS, GRID, MEMBERS, SERVICES, UNITS, at
from tests.journeys.linli import ROOT, as_json, environment, linli, served
from tests.journeys.processes import processes
from tests.servers.process import wait_until

pytestmark = pytest.mark.slow

SECONDS_MAX = 60
YEAR, DAY = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 2, 8, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A served folder with a district in which two in-service members are enrolled and one has served."""
    with served(tmp_path) as server:
        client = Client(dict.fromkeys(SERVICES, server.target))
        try:
            _serve_hours(client, *_enrol_two(client))
            yield tmp_path
        finally:
            client.close()
            server.stop()


def _enrol_two(client: Client) -> tuple[str, str, dict[str, int]]:
    """Make a district; returns a community, a member of it and the positions that state all of it."""
    place = ""
    for level in (grid_pb2.GRID_LEVEL_DISTRICT, grid_pb2.GRID_LEVEL_STREET, grid_pb2.GRID_LEVEL_COMMUNITY):
        node = grid_pb2.CreateNodeRequest(
            request_id=f"n{level}",
            code=f"n{level}",
            name="n",
            level=level,
            parent_id=place,
            occurred_at=at(YEAR),
        )
        place = client.written(GRID, node).id
    unit = organisation_pb2.CreateWorkUnitRequest(
        request_id="u", code="u", name="区教育局", occurred_at=at(YEAR)
    )
    unit_id = client.written(UNITS, unit).id
    for code in ("m1", "m2"):
        member = member_pb2.CreateMemberRequest(
            request_id=code,
            code=code,
            name="王芳",
            member_type=member_pb2.MEMBER_TYPE_IN_SERVICE,
            work_unit_id=unit_id,
            occurred_at=at(YEAR),
        )
        member_id = client.written(MEMBERS, member).id
        enrol = enrolment_pb2.EnrolRequest(
            request_id=code, member_id=member_id, community_id=place, occurred_at=at(YEAR)
        )
        written = client.written(ENROLMENTS, enrol)
    return place, member_id, dict(written.positions)


def _serve_hours(client: Client, community: str, member: str, known: dict[str, int]) -> None:
    """Let a member serve an hour and have it confirmed."""
    activity = activity_pb2.CreateActivityRequest(
        request_id="a",
        code="A",
        title="环境整治",
        community_id=community,
        starts_at=at(DAY),
        ends_at=at(DAY + timedelta(hours=2)),
        at_least=known,
    )
    activity_id = client.written(ACTIVITIES, activity).id
    before, later = at(DAY - timedelta(days=1)), at(DAY + timedelta(hours=1))
    publish = activity_pb2.PublishActivityRequest(request_id="p", activity_id=activity_id, occurred_at=before)
    client.written(ACTIVITIES, publish)
    sign_in = activity_pb2.SignInRequest(
        request_id="i", activity_id=activity_id, member_id=member, occurred_at=at(DAY)
    )
    attendance = client.written(ACTIVITIES, sign_in).id
    sign_out = activity_pb2.SignOutRequest(
        request_id="o", activity_id=activity_id, member_id=member, occurred_at=later
    )
    client.written(ACTIVITIES, sign_out)
    confirm = activity_pb2.ConfirmHoursRequest(request_id="c", attendance_id=attendance)
    client.written(ACTIVITIES, confirm)


def statements(folder: Path, *arguments: str) -> Any:
    return linli("members", "statements", *arguments, "--data-dir", str(folder))


def listed(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(statements(folder, "list", *arguments, "--json").stdout)
    return rows


class TestStatements:
    def test_go_from_the_community_to_the_work_unit_and_back(self, folder: Path) -> None:
        made = as_json(statements(folder, "generate", "2025-Q1", "--json"))
        assert (made["generated"], made["existing"]) == (2, 0)
        again = statements(folder, "generate", "2025-Q1")
        assert again.stdout == "2025-Q1 新生成反馈单 0 份，已有 2 份。\n"
        assert sorted(each["service_minutes"] for each in listed(folder, "--period", "2025-Q1")) == [0, 60]

        tried = statements(folder, "send", "--period", "2025-Q1", "--dry-run")
        assert tried.stdout == "试运行，未作任何更改。共 2 份反馈单，将发送 2 份。\n"
        assert len(listed(folder, "--state", "draft")) == 2
        assert as_json(statements(folder, "send", "--period", "2025-Q1", "--json"))["done"] == 2
        first, second = (each["statement_id"] for each in listed(folder, "--state", "sent"))
        refused = statements(folder, "send", first)
        assert refused.returncode == 1
        assert "STATEMENT_FROZEN" in refused.stdout

        assert statements(folder, "overdue").returncode == 0
        late = statements(folder, "overdue", "--as-of", "2190-01-01", "--json")
        assert late.returncode == 1
        assert all(each["overdue_days"] > 0 for each in json.loads(late.stdout))
        noted = statements(folder, "acknowledge", first, "--language", "en")
        assert noted.stdout == "1 of 1 statements were acknowledged.\n"
        assert statements(folder, "reply", second, "谢谢").returncode == 0
        assert {each["state"] for each in listed(folder)} == {"acknowledged", "replied"}

        versions = json.loads(
            statements(folder, "correct", first, "--reason", "A shift was missing.", "--json").stdout
        )
        assert [(each["version"], each["state"]) for each in versions] == [(1, "acknowledged"), (2, "draft")]
        shown = statements(folder, "list").stdout
        assert first not in shown
        assert versions[1]["statement_id"] in shown

    def test_refuse_in_one_line(self, folder: Path) -> None:
        nothing = statements(folder, "send")
        assert nothing.returncode == 2
        nobody = statements(folder, "acknowledge", "x", "--as", "nobody")
        assert nobody.returncode == 2
        wrong = statements(folder, "generate", "2025-Q7")
        assert wrong.returncode == 1
        assert wrong.stderr.count("\n") == 1
        assert "PERIOD_MALFORMED" in wrong.stderr
        strange = statements(folder, "acknowledge", "x")
        assert strange.returncode == 1
        assert "STATEMENT_UNKNOWN" in strange.stdout


@pytest.mark.timeout(240)
def test_generating_waits_for_a_server_of_points_that_is_away(
    tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    with processes(tmp_path, database_url=postgres_url, redis_url=redis_url, workers=1) as district:
        client = Client({each: district.settings[f"LINLI_{each.upper()}_TARGET"] for each in SERVICES})
        try:
            _serve_hours(client, *_enrol_two(client))
        finally:
            client.close()
        points, (worker,) = district.servers["points"], district.workers["members"]
        points.kill()
        generating = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "services.console",
                "members",
                "statements",
                "generate",
                "2025-Q1",
                "--json",
            ],
            env=environment(district.settings),
            cwd=ROOT / "tests",
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert wait_until(lambda: "jobs.step.waits" in worker.logged(), seconds_max=SECONDS_MAX)
            assert generating.poll() is None
            points.start()
            out, _ = generating.communicate(timeout=SECONDS_MAX)
        finally:
            generating.kill()
            generating.wait()
        assert json.loads(out)["generated"] == 2
        assert worker.logged().count("jobs.step.waits") == 1
        assert as_json(linli("verify", "--json", extra=district.settings))["verified"] is True
