from dataclasses import replace

import pytest

from services.chassis.faults import InvalidField
from services.members.domain.person import Changes, Person, Profile
from services.members.domain.personal import PersonalDetails
from services.members.domain.register import MemberType
from tests.unit.members.domain.records import member

WEI = Person(
    member=member(),
    details=PersonalDetails(name="王伟", sort_name="wang wei", phone="+8613800138000"),
    profile=Profile(skills=("cooking",)),
)


class TestChanges:
    def test_leave_what_they_do_not_state(self) -> None:
        assert Changes().applied_to(WEI) == WEI
        assert Changes().differing(WEI) == []

    def test_name_what_is_otherwise_and_make_it_true(self) -> None:
        changes = Changes(name="王伟", phone="", skills=(), member_type=MemberType.RESIDENT)
        assert changes.differing(WEI) == ["phone", "skills"]
        changed = changes.applied_to(WEI)
        assert (changed.details.phone, changed.profile.skills) == ("", ())
        assert changes.differing(changed) == []

    def test_make_another_revision_only_of_what_a_fact_states(self) -> None:
        assert Changes(name="x", skills=()).applied_to(WEI).member.revision == 1
        assert Changes(probationary=True).applied_to(WEI).member.revision == 2

    def test_of_a_name_make_a_new_sort_name_unless_it_is_stated(self) -> None:
        assert Changes(name="李伟").applied_to(WEI).details.sort_name == ""
        assert Changes(name="李伟", sort_name="li").applied_to(WEI).details.sort_name == "li"

    def test_do_not_put_anybody_in_service_of_nobody(self) -> None:
        with pytest.raises(InvalidField) as refused:
            Changes(member_type=MemberType.IN_SERVICE).applied_to(WEI)
        assert refused.value.field == "member_type"


class TestAnEtag:
    def test_is_another_one_after_any_change(self) -> None:
        states = [
            WEI,
            replace(WEI, member=member(revision=2)),
            replace(WEI, details=PersonalDetails(name="王伟", sort_name="wang wei")),
            replace(WEI, profile=Profile(service_types=("cooking",))),
        ]
        assert len({state.etag for state in states}) == len(states)
