import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from linli.points.v1 import rule_set_pb2 as pb

from services.chassis.call import Call, Caller, CallerKind
from services.chassis.faults import InvalidField
from services.points.api.translate_rules import approve_rule_set, create_rule_set, rule_set_message
from services.points.domain.amount import Fixed, PerHour
from services.points.domain.timeline import RuleSetState
from services.points.storage.rule_sets import StoredRuleSet
from tests.unit.points.factories import day, per_activity
from tests.unit.points.messages import document, hours_rule, wish_rule

CALL = Call(caller=Caller(kind=CallerKind.MEMBER, id="first"), method="x", deadline=0)
SECONDS_OF_2200 = 7_258_118_400


class TestADocument:
    def test_becomes_a_rule_set_without_an_id_of_the_person_who_calls(self) -> None:
        request = pb.CreateRuleSetRequest(
            document=document(hours_rule(minutes_max=120), wish_rule(), effective_from=day(3))
        )
        command = create_rule_set(request, CALL)
        first, second = command.document.rules
        assert (command.created_by, command.document.rule_set_id) == ("member:first", "")
        assert (command.document.effective_from, command.document.version) == (day(3), 1)
        assert (first.amount, second.amount) == (PerHour(milli=1_000), Fixed(milli=2_000))
        assert first.limits == (per_activity(120, limit_id="hours-limit"),)

    def test_comes_back_as_it_was(self) -> None:
        written = document(hours_rule(minutes_max=120), wish_rule(), effective_from=day(3))
        rule_set = create_rule_set(pb.CreateRuleSetRequest(document=written), CALL).document
        kept = StoredRuleSet(rule_set=rule_set, state=RuleSetState.DRAFT, created_by="member:first")
        assert rule_set_message(kept).document == written

    @pytest.mark.parametrize("seconds", [-(2**63), -62_135_596_801, SECONDS_OF_2200, 2**63 - 1])
    def test_with_a_date_beyond_reason_is_refused(self, seconds: int) -> None:
        written = document(wish_rule())
        written.effective_from.CopyFrom(Timestamp(seconds=seconds))
        with pytest.raises(InvalidField) as refused:
            create_rule_set(pb.CreateRuleSetRequest(document=written), CALL)
        assert refused.value.field == "document.effective_from"

    def test_may_begin_until_the_last_moment_before_2200(self) -> None:
        written = document(wish_rule())
        written.effective_from.CopyFrom(Timestamp(seconds=SECONDS_OF_2200 - 1))
        command = create_rule_set(pb.CreateRuleSetRequest(document=written), CALL)
        assert command.document.effective_from.year == 2199


class TestAnApproval:
    def test_is_of_the_person_who_calls(self) -> None:
        command = approve_rule_set(pb.ApproveRuleSetRequest(rule_set_id="r"), CALL)
        assert (command.rule_set_id, command.approved_by) == ("r", "member:first")
