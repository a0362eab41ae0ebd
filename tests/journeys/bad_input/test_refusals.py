"""Bad input over gRPC: one typed, clear refusal that says what to do, and nothing is changed."""

from datetime import UTC, datetime, timedelta

import pytest
from linli.events.v1 import activity_pb2, wish_pb2
from linli.members.v1 import enrolment_pb2, grid_pb2, member_pb2, organisation_pb2
from linli.points.v1 import ledger_pb2, reward_pb2, rule_set_pb2

from tests.journeys.bad_input.district import (
    ACTIVITIES,
    DAY,
    ENROLMENTS,
    GRID,
    MEMBERS,
    UNITS,
    WISHES,
    District,
    at,
)


class TestIsRefusedTyped:
    def test_an_unknown_member(self, district: District) -> None:
        request = enrolment_pb2.EnrolRequest(
            request_id="x1", member_id="nobody", community_id=district.community
        )
        refused = district.client.call(ENROLMENTS, request)
        assert (refused.code, refused.reason) == ("NOT_FOUND", "MEMBER_UNKNOWN")

    def test_an_unknown_node(self, district: District) -> None:
        refused = district.client.call(GRID, grid_pb2.GetNodeRequest(node_id="nowhere"))
        assert (refused.code, refused.reason) == ("NOT_FOUND", "NODE_UNKNOWN")

    def test_an_unknown_activity(self, district: District) -> None:
        request = activity_pb2.SignInRequest(request_id="x2", activity_id="none", member_id=district.member)
        refused = district.client.call(ACTIVITIES, request)
        assert (refused.code, refused.reason) == ("NOT_FOUND", "ACTIVITY_UNKNOWN")

    def test_a_balance_of_nobody(self, district: District) -> None:
        request = ledger_pb2.GetBalanceRequest(member_id="nobody")
        refused = district.client.call("linli.points.v1.LedgerService", request)
        assert (refused.code, refused.reason) == ("NOT_FOUND", "MEMBER_UNKNOWN")

    def test_a_second_enrolment(self, district: District) -> None:
        request = enrolment_pb2.EnrolRequest(
            request_id="x3", member_id=district.member, community_id=district.other_community
        )
        refused = district.client.call(ENROLMENTS, request)
        assert (refused.code, refused.reason) == ("ALREADY_EXISTS", "ALREADY_ENROLLED")

    def test_a_sign_out_before_the_sign_in(self, district: District) -> None:
        request = activity_pb2.SignOutRequest(
            request_id="x4", activity_id=district.activity, member_id=district.member, occurred_at=at(DAY)
        )
        refused = district.client.call(ACTIVITIES, request)
        assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "NOT_SIGNED_IN")

    def test_a_claim_of_a_claimed_wish(self, district: District) -> None:
        request = wish_pb2.ClaimWishRequest(
            request_id="x5", wish_id=district.claimed_wish, member_id=district.other_member
        )
        refused = district.client.call(WISHES, request)
        assert (refused.code, refused.reason) == ("ALREADY_EXISTS", "ALREADY_CLAIMED")

    def test_a_request_id_used_for_another_request(self, district: District) -> None:
        request = organisation_pb2.CreateWorkUnitRequest(request_id="u", code="U", name="别的单位")
        refused = district.client.call(UNITS, request)
        assert (refused.code, refused.reason) == ("ALREADY_EXISTS", "REQUEST_ID_REUSED")

    def test_a_moment_in_the_future(self, district: District) -> None:
        request = enrolment_pb2.EnrolRequest(
            request_id="x6",
            member_id=district.other_member,
            community_id=district.community,
            occurred_at=at(datetime.now(UTC) + timedelta(days=2)),
        )
        assert district.client.call(ENROLMENTS, request).code == "INVALID_ARGUMENT"

    def test_a_caller_that_does_not_say_who_it_is(self, district: District) -> None:
        request = grid_pb2.GetNodeRequest(node_id=district.community)
        for caller in (None, "", "somebody", "admin:root", "member:"):
            refused = district.client.call(GRID, request, caller=caller)
            assert (refused.code, refused.reason) == ("UNAUTHENTICATED", "CALLER_MISSING"), caller

    def test_a_service_where_a_person_has_to_approve(self, district: District) -> None:
        request = reward_pb2.ApproveRunRequest(request_id="x7", run_id="r", digest="0" * 64)
        refused = district.client.call("linli.points.v1.RewardService", request)
        assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "CALLER_FORBIDDEN")

    @pytest.mark.parametrize("size", [-1, 1_001, 2**31 - 1])
    def test_a_page_of_an_impossible_size(self, district: District, size: int) -> None:
        refused = district.client.call(MEMBERS, member_pb2.ListMembersRequest(page_size=size))
        assert refused.code == "INVALID_ARGUMENT"

    @pytest.mark.parametrize("milli", [-1, 0, 2**63 - 1])
    def test_an_award_of_an_impossible_size(self, district: District, milli: int) -> None:
        rule = rule_set_pb2.Rule(
            rule_id="r",
            trigger=rule_set_pb2.TRIGGER_WISH,
            currency=rule_set_pb2.CURRENCY_MERIT,
            amount=rule_set_pb2.Amount(fixed_milli=milli),
        )
        document = rule_set_pb2.RuleSetDocument(name="x", version=1, effective_from=at(DAY), rules=[rule])
        request = rule_set_pb2.CreateRuleSetRequest(request_id="x8", document=document)
        refused = district.client.call("linli.points.v1.RuleService", request, caller="member:a")
        assert refused.code == "INVALID_ARGUMENT"

    def test_a_batch_without_items_and_one_with_too_many(self, district: District) -> None:
        for count in (0, 1_001):
            request = enrolment_pb2.BatchEnrolRequest(items=[enrolment_pb2.EnrolRequest()] * count)
            assert district.client.call(ENROLMENTS, request).code == "INVALID_ARGUMENT"

    def test_a_name_of_300_characters(self, district: District) -> None:
        request = organisation_pb2.CreateWorkUnitRequest(request_id="x9", code="LONG", name="长" * 300)
        assert district.client.call(UNITS, request).code == "INVALID_ARGUMENT"
