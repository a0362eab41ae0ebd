from typing import Any

import pytest
from linli.events.v1 import activity_pb2 as pb
from linli.feed.v1.consumer_pb2 import ReplayRequest
from linli.members.v1.member_pb2 import BatchGetMembersRequest, CreateMemberRequest

from services.chassis.faults import InvalidField, Violation
from services.chassis.rpc.validation import collect_violations, refuse_bad_form

MEMBER: Any = {"request_id": "r1", "code": "m1", "name": "张三", "member_type": "MEMBER_TYPE_RESIDENT"}


def places(violations: list[Violation]) -> list[str]:
    return [violation.place for violation in violations]


class TestTheRulesOfTheProto:
    def test_let_good_form_pass(self) -> None:
        refuse_bad_form(pb.PublishActivityRequest(request_id="r1", activity_id="a1"))

    def test_name_each_field_that_breaks_one(self) -> None:
        with pytest.raises(InvalidField) as refusal:
            refuse_bad_form(pb.PublishActivityRequest(request_id="r" * 65))
        assert places(list(refusal.value.violations))[0] == "request_id"
        assert set(places(list(refusal.value.violations))) == {"request_id", "activity_id"}
        assert refusal.value.field == "request_id"
        assert refusal.value.message.startswith("request_id: Must be at most 64")

    def test_name_the_place_in_lists_and_maps(self) -> None:
        assert places(collect_violations(ReplayRequest(consumer="c", subjects=["ok", ""]))) == ["subjects[1]"]
        batch = pb.BatchPublishActivitiesRequest(items=[pb.PublishActivityRequest()], at_least={"events": -1})
        assert places(collect_violations(batch)) == ["at_least['events']"]

    def test_of_a_batch_leave_its_items_to_be_looked_at_one_by_one(self) -> None:
        bad = pb.PublishActivityRequest()
        refuse_bad_form(pb.BatchPublishActivitiesRequest(items=[bad]))
        with pytest.raises(InvalidField):
            refuse_bad_form(bad)

    def test_of_a_batch_bound_the_number_of_items(self) -> None:
        assert places(collect_violations(pb.BatchPublishActivitiesRequest())) == ["items"]


class TestTheCharacterThatPostgresqlCannotHold:
    def test_is_refused_where_no_rule_speaks_of_it(self) -> None:
        assert places(collect_violations(CreateMemberRequest(**MEMBER))) == []
        assert places(collect_violations(CreateMemberRequest(**{**MEMBER, "name": "a\0b"}))) == ["name"]
        assert places(collect_violations(CreateMemberRequest(**MEMBER, work_unit_id="\0"))) == [
            "work_unit_id"
        ]

    def test_is_refused_in_lists_too(self) -> None:
        assert places(collect_violations(BatchGetMembersRequest(member_ids=["m1", "m\0"]))) == ["member_ids"]
