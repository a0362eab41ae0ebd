"""Two members of a served district turn out to be one person, and then they do not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from linli.events.v1 import activity_pb2
from linli.members.v1 import enrolment_pb2, merge_pb2
from linli.points.v1 import leaderboard_pb2, ledger_pb2, rule_set_pb2

from tests.journeys.bad_input.client import Client, Refusal
from tests.journeys.bad_input.district import ACTIVITIES, DAY, ENROLMENTS, SERVICES, District, at, build
from tests.journeys.linli import linli, served
from tests.unit.points.messages import document, hours_rule

pytestmark = pytest.mark.slow
MERGES = "linli.members.v1.MergeService"
RULES = "linli.points.v1.RuleService"
LEDGER = "linli.points.v1.LedgerService"
BOARDS = "linli.points.v1.LeaderboardService"
FIRST, SECOND = "member:admin-1", "member:admin-2"
MINUTES_MAX = 120


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


def answered(client: Client, service: str, request: Any, **others: Any) -> Any:
    answer = client.call(service, request, **others)
    assert not isinstance(answer, Refusal), answer
    return answer


def decree(client: Client) -> None:
    """A point an hour; of one person at one activity two hours count."""
    draft = rule_set_pb2.CreateRuleSetRequest(
        request_id="r1", document=document(hours_rule(minutes_max=MINUTES_MAX))
    )
    rule_set_id = client.written(RULES, draft, caller=FIRST).id
    approval = rule_set_pb2.ApproveRuleSetRequest(request_id="r2", rule_set_id=rule_set_id)
    client.written(RULES, approval, caller=SECOND)


def stay(client: Client, district: District, member: str) -> str:
    """Let a member be at the activity for two hours; not yet confirmed."""
    arrival = activity_pb2.SignInRequest(
        request_id=f"i-{member}", activity_id=district.activity, member_id=member, occurred_at=at(DAY)
    )
    client.written(ACTIVITIES, arrival)
    leaving = activity_pb2.SignOutRequest(
        request_id=f"o-{member}",
        activity_id=district.activity,
        member_id=member,
        occurred_at=at(DAY + timedelta(hours=2)),
    )
    return str(client.written(ACTIVITIES, leaving).id)


def confirm(client: Client, attendance_id: str) -> dict[str, int]:
    confirmation = activity_pb2.ConfirmHoursRequest(
        request_id=f"c-{attendance_id}", attendance_id=attendance_id
    )
    return dict(client.written(ACTIVITIES, confirmation, caller="member:organiser").positions)


def balance(client: Client, member: str, at_least: dict[str, int]) -> tuple[str, int]:
    request = ledger_pb2.GetBalanceRequest(member_id=member, at_least=at_least)
    found = answered(client, LEDGER, request).balance
    return found.member_id, found.balance_milli


def participating(client: Client, at_least: dict[str, int]) -> int:
    request = enrolment_pb2.GetParticipationRequest(period_id="2025", at_least=at_least)
    return int(answered(client, ENROLMENTS, request).participating)


def verify(folder: Path) -> None:
    verified = linli("verify", "--data-dir", str(folder))
    assert verified.returncode == 0, verified.stdout


def test_two_members_become_one_subject_and_two_again(tmp_path: Path) -> None:
    with calling(tmp_path) as client:
        district = build(client)
        decree(client)
        board = leaderboard_pb2.CreateBoardRequest(
            request_id="b",
            code="year",
            name="全区年度",
            scope=leaderboard_pb2.BOARD_SCOPE_DISTRICT,
            period_kind=leaderboard_pb2.PERIOD_KIND_YEAR,
        )
        board_id = client.written(BOARDS, board, caller=FIRST).id
        survivor, duplicate = district.member, district.other_member
        enrol = enrolment_pb2.EnrolRequest(
            request_id="e2", member_id=duplicate, community_id=district.other_community, occurred_at=at(DAY)
        )
        client.written(ENROLMENTS, enrol)
        confirmed = confirm(client, stay(client, district, survivor))
        late = stay(client, district, duplicate)
        assert balance(client, survivor, confirmed) == (survivor, 2_000)
        assert balance(client, duplicate, confirmed) == (duplicate, 0)

        merging = merge_pb2.MergeMembersRequest(
            request_id="m1", survivor_id=survivor, duplicate_id=duplicate, reason="同一人"
        )
        merged = answered(client, MERGES, merging)
        (fallen,) = merged.records
        assert fallen.outcome == merge_pb2.MERGED_RECORD_OUTCOME_WITHDRAWN
        known = dict(merged.written.positions)
        arrival = activity_pb2.SignInRequest(
            request_id="i3", activity_id=district.activity, member_id=duplicate, at_least=known
        )
        refused = client.call(ACTIVITIES, arrival)
        assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "MEMBER_MERGED")

        # Begun under the old id: it counts for the survivor, as far as the limit of one person allows.
        known |= confirm(client, late)
        assert balance(client, duplicate, known) == (survivor, 2_000)
        assert balance(client, survivor, known) == (survivor, 2_000)
        rank = leaderboard_pb2.GetRankRequest(board_id=board_id, period_id="2025", member_id=duplicate)
        place = answered(client, BOARDS, rank)
        assert (place.place.member_id, place.place.place, place.standings) == (survivor, 1, 1)
        assert participating(client, {"events": known["events"]}) == 1
        verify(tmp_path)

        parting = merge_pb2.UnmergeMembersRequest(
            request_id="m2", merge_id=merged.written.id, reason="不是同一人"
        )
        parted = answered(client, MERGES, parting)
        assert [each.outcome for each in parted.records] == [merge_pb2.MERGED_RECORD_OUTCOME_REINSTATED]
        known |= dict(parted.written.positions)
        assert balance(client, duplicate, known) == (duplicate, 2_000)
        assert balance(client, survivor, known) == (survivor, 2_000)
        assert answered(client, BOARDS, rank).place.member_id == duplicate
        assert participating(client, {"members": known["members"]}) == 2
        verify(tmp_path)
