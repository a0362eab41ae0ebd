import pytest

from services.chassis.faults import InvalidField
from services.members.domain.codes import Codes
from services.members.domain.faults import CodeTaken, WorkUnitUnknown
from services.members.domain.register import MemberType, register
from tests.unit.members.domain.records import member


class TestRegistering:
    def test_takes_an_in_service_member_with_a_work_unit(self) -> None:
        employed = member(member_type=MemberType.IN_SERVICE, work_unit_id="w1")
        assert register(employed, work_units={"w1"}, codes=Codes(taken=())) == employed

    def test_refuses_an_in_service_member_without_one(self) -> None:
        with pytest.raises(InvalidField) as refused:
            register(member(member_type=MemberType.IN_SERVICE), work_units={"w1"}, codes=Codes(taken=()))
        assert refused.value.field == "work_unit_id"

    @pytest.mark.parametrize("member_type", [each for each in MemberType if each != MemberType.IN_SERVICE])
    def test_takes_anybody_else_without_one(self, member_type: MemberType) -> None:
        somebody = member(member_type=member_type)
        assert register(somebody, work_units=(), codes=Codes(taken=())) == somebody

    def test_refuses_an_unknown_work_unit_of_anybody(self) -> None:
        with pytest.raises(WorkUnitUnknown):
            register(member(work_unit_id="w2"), work_units={"w1"}, codes=Codes(taken=()))

    def test_refuses_a_code_twice(self) -> None:
        codes = Codes(taken=())
        register(member("m1", code="A"), work_units=(), codes=codes)
        with pytest.raises(CodeTaken) as refused:
            register(member("m2", code="A"), work_units=(), codes=codes)
        assert refused.value.field == "code"
