import pytest

from services.chassis.faults import InvalidField
from services.members.domain.faults import PhoneCountry
from services.members.usecases.read_phone import read_phone


class TestAPhone:
    @pytest.mark.parametrize(
        "stated",
        ["13800138000", "+86 138 0013 8000", "0086-138-0013-8000", "１３８００１３８０００", "138 0013 8000"],
    )
    def test_is_read_as_of_the_first_country(self, stated: str) -> None:
        assert read_phone(stated, countries=("CN", "HK")) == "+8613800138000"

    def test_may_be_a_landline(self) -> None:
        assert read_phone("0394-8223456", countries=("CN",)) == "+863948223456"

    def test_may_be_none(self) -> None:
        assert read_phone("", countries=("CN",)) == ""

    @pytest.mark.parametrize("stated", ["1380013", "138001380001234", "call me", "+8600000000000"])
    def test_has_a_number_that_there_can_be(self, stated: str) -> None:
        with pytest.raises(InvalidField) as refused:
            read_phone(stated, countries=("CN",))
        assert (refused.value.reason, refused.value.field) == ("INVALID_FIELD", "phone")
        assert stated not in refused.value.message

    def test_of_another_country_is_refused_with_those_that_are_allowed(self) -> None:
        assert read_phone("+852 5123 4567", countries=("CN", "HK")) == "+85251234567"
        with pytest.raises(PhoneCountry) as refused:
            read_phone("+852 5123 4567", countries=("CN", "MO"))
        assert refused.value.field == "phone"
        assert "CN or MO" in refused.value.message
