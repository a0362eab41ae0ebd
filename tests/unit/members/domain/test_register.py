import pytest

from services.chassis.faults import InvalidField
from services.members.domain.codes import Codes
from services.members.domain.faults import (
    CodeTaken,
    MemberErased,
    MemberMerged,
    WorkUnitClosed,
    WorkUnitUnknown,
)
from services.members.domain.register import MemberType, refuse_gone, register
from tests.unit.members.domain.records import JUNE, MARCH, member, unit

UNITS = {"w1": unit("w1"), "merged": unit("w1"), "closed": unit("closed", closed_at=JUNE)}


class TestRegistering:
    def test_takes_an_in_service_member_with_a_work_unit(self) -> None:
        employed = member(member_type=MemberType.IN_SERVICE, work_unit_id="w1")
        assert register(employed, work_units=UNITS, codes=Codes(taken=())) == employed

    def test_refuses_an_in_service_member_without_one(self) -> None:
        with pytest.raises(InvalidField) as refused:
            register(member(member_type=MemberType.IN_SERVICE), work_units=UNITS, codes=Codes(taken=()))
        assert refused.value.field == "work_unit_id"

    @pytest.mark.parametrize("member_type", [each for each in MemberType if each != MemberType.IN_SERVICE])
    def test_takes_anybody_else_without_one(self, member_type: MemberType) -> None:
        somebody = member(member_type=member_type)
        assert register(somebody, work_units={}, codes=Codes(taken=())) == somebody

    def test_refuses_an_unknown_work_unit_of_anybody(self) -> None:
        with pytest.raises(WorkUnitUnknown):
            register(member(work_unit_id="w2"), work_units=UNITS, codes=Codes(taken=()))

    def test_enters_the_work_unit_that_an_id_stands_for(self) -> None:
        entered = register(member(work_unit_id="merged"), work_units=UNITS, codes=Codes(taken=()))
        assert entered.work_unit_id == "w1"

    def test_refuses_a_closed_work_unit(self) -> None:
        with pytest.raises(WorkUnitClosed):
            register(member(work_unit_id="closed"), work_units=UNITS, codes=Codes(taken=()))

    def test_refuses_a_code_twice(self) -> None:
        codes = Codes(taken=())
        register(member("m1", code="A"), work_units={}, codes=codes)
        with pytest.raises(CodeTaken) as refused:
            register(member("m2", code="A"), work_units={}, codes=codes)
        assert refused.value.field == "code"


class TestWhoIsGone:
    def test_is_not_written_about(self) -> None:
        refuse_gone(member())
        with pytest.raises(MemberMerged) as merged:
            refuse_gone(member(merged_into="m2"))
        assert merged.value.metadata == {"member_id": "m1", "survivor_id": "m2"}
        with pytest.raises(MemberErased):
            refuse_gone(member(erased_at=MARCH))
