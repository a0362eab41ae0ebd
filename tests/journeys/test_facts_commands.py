"""`linli facts` against a real server whose database of `events` is put back to an earlier copy."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from linli.events.v1 import activity_pb2
from linli.members.v1 import enrolment_pb2

from tests.journeys.bad_input.client import Client
from tests.journeys.bad_input.district import ACTIVITIES, DAY, ENROLMENTS, SERVICES, District, at, build
from tests.journeys.linli import as_json, linli, served
from tests.servers.process import wait_until

pytestmark = pytest.mark.slow
FOLLOWERS = ("members", "points")
SECONDS_MAX = 30


@contextmanager
def calling(folder: Path) -> Iterator[Client]:
    """Serve from a folder, until the end of the block."""
    with served(folder) as server:
        client = Client(dict.fromkeys(SERVICES, server.target))
        try:
            yield client
        finally:
            client.close()
            server.stop()


def facts(folder: Path, *arguments: str) -> Any:
    return linli("facts", *arguments, "--data-dir", str(folder))


def lag(folder: Path, consumer: str) -> dict[str, Any]:
    """Read how a consumer stands to the log of `events`, whatever the exit code says."""
    found: dict[str, Any] = json.loads(facts(folder, "lag", consumer, "--json").stdout)
    of_log: dict[str, Any] = found[consumer]["follows"]["events"]
    return of_log


def serve_hours(client: Client, district: District, member: str, *, hours: int = 1) -> None:
    """Let a member serve and have it confirmed: one fact of `events`."""
    sign_in = activity_pb2.SignInRequest(
        request_id=f"i-{member}", activity_id=district.activity, member_id=member, occurred_at=at(DAY)
    )
    attendance = client.written(ACTIVITIES, sign_in).id
    sign_out = activity_pb2.SignOutRequest(
        request_id=f"o-{member}",
        activity_id=district.activity,
        member_id=member,
        occurred_at=at(DAY + timedelta(hours=hours)),
    )
    client.written(ACTIVITIES, sign_out)
    confirm = activity_pb2.ConfirmHoursRequest(request_id=f"c-{member}", attendance_id=attendance)
    client.written(ACTIVITIES, confirm, caller="member:organiser")


def is_caught_up(folder: Path) -> bool:
    return all(lag(folder, each)["lag"] == 0 for each in FOLLOWERS)


def participating(client: Client) -> int:
    request = enrolment_pb2.GetParticipationRequest(period_id="2025")
    return int(client.call(ENROLMENTS, request).participating)


@pytest.fixture
def went_back(tmp_path: Path) -> tuple[Path, District]:
    """A folder whose `events` was restored after one served; another served since, one fact as well."""
    with calling(tmp_path) as client:
        district = build(client)
    backup = shutil.copy(tmp_path / "events.sqlite", tmp_path / "events.backup")
    with calling(tmp_path) as client:
        serve_hours(client, district, district.member)
        assert wait_until(lambda: is_caught_up(tmp_path), seconds_max=SECONDS_MAX)
        assert participating(client) == 1
    shutil.copy(backup, tmp_path / "events.sqlite")
    with calling(tmp_path) as client:
        serve_hours(client, district, district.other_member, hours=2)
    return tmp_path, district


def test_a_database_restored_to_an_earlier_copy_is_reported_rejoined_and_verified(
    went_back: tuple[Path, District],
) -> None:
    folder, _ = went_back
    with calling(folder) as client:
        shown = facts(folder, "lag")
        assert shown.returncode == 1
        assert "DIVERGED" in shown.stdout
        assert "linli facts rejoin points events" in shown.stdout
        assert "DIVERGED" in linli("status", "--data-dir", str(folder)).stdout
        verified = linli("verify", "--data-dir", str(folder))
        assert verified.returncode == 1
        assert verified.stdout.count("restored to an earlier state") == len(FOLLOWERS)

        kept = {each: lag(folder, each) for each in FOLLOWERS}
        for each in FOLLOWERS:
            dry = as_json(facts(folder, "rejoin", each, "events", "--dry-run", "--json"))
            assert (dry["dry_run"], dry["common_position"], dry["facts_dropped"]) == (True, 1, 1)
        assert {each: lag(folder, each) for each in FOLLOWERS} == kept

        for each in FOLLOWERS:
            rejoined = facts(folder, "rejoin", each, "events")
            assert rejoined.returncode == 0
            assert "back to position 1 of the log events" in rejoined.stdout
        assert wait_until(lambda: is_caught_up(folder), seconds_max=SECONDS_MAX)
        assert facts(folder, "lag").returncode == 0
        assert linli("verify", "--data-dir", str(folder)).returncode == 0
        # Only the one who was lost is enrolled.
        assert participating(client) == 0

        again = facts(folder, "rejoin", "points", "events")
        assert (again.returncode, again.stderr.count("\n")) == (1, 1)
        assert "NOT_DIVERGED" in again.stderr
    said = (folder / "serve.log").read_text()
    assert said.count("facts.receiver.diverged") == 2 * len(FOLLOWERS)  # once in each of two processes


def test_a_replaced_database_is_followed_only_by_its_id(tmp_path: Path) -> None:
    with calling(tmp_path) as client:
        build(client)
        assert wait_until(lambda: is_caught_up(tmp_path), seconds_max=SECONDS_MAX)
    (tmp_path / "events.sqlite").unlink()
    with calling(tmp_path):
        refused = facts(tmp_path, "rejoin", "points", "events")
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        assert "LOG_REPLACED" in refused.stderr
        status = as_json(linli("status", "--json", "--data-dir", str(tmp_path)))
        log_id = status["events"]["log_id"]
        assert log_id in refused.stderr
        for each in FOLLOWERS:
            accepted = ("--accept-log-id", log_id, "--json")
            assert as_json(facts(tmp_path, "rejoin", each, "events", *accepted))["common_position"] == 0
        assert wait_until(lambda: is_caught_up(tmp_path), seconds_max=SECONDS_MAX)
        assert linli("verify", "--data-dir", str(tmp_path)).returncode == 0


def test_with_nothing_to_mend_the_commands_say_so(tmp_path: Path) -> None:
    with calling(tmp_path):
        assert facts(tmp_path, "lag").returncode == 0
        assert facts(tmp_path, "parked", "points").stdout == "points has no parked subject.\n"
        assert json.loads(facts(tmp_path, "parked", "points", "--json").stdout) == []
        assert as_json(facts(tmp_path, "replay", "points", "--json")) == {"replayed": 0}
        named = facts(tmp_path, "replay", "points", "member:a", "member:b")
        assert named.stdout == "0 of the 2 named are parked and are tried again now.\n"
        unknown = facts(tmp_path, "rejoin", "points", "poems")
        assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)
        assert "LOG_NOT_FOLLOWED" in unknown.stderr


@pytest.mark.parametrize("arguments", [["lag", "nobody"], ["rejoin", "points"], ["parked"]])
def test_wrong_usage_is_exit_code_2(tmp_path: Path, arguments: list[str]) -> None:
    refused = facts(tmp_path, *arguments)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
