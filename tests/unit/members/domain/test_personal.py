import pytest

from services.chassis.faults import InvalidField
from services.members.domain.personal import PersonalDetails, cleaned


class TestPersonalDetails:
    def test_show_nothing_of_anybody(self) -> None:
        details = PersonalDetails(
            name="王伟", sort_name="wang wei", phone="+8613800138000", external_ids={"hr": "42"}
        )
        assert repr(details) == "PersonalDetails()"


class TestANameThatIsCleaned:
    @pytest.mark.parametrize(("stated", "kept"), [(" 王伟\u3000", "王伟"), ("Zoe\u0301", "Zo\u00e9")])
    def test_is_kept_in_one_form(self, stated: str, kept: str) -> None:
        assert cleaned(stated, field="name") == kept

    @pytest.mark.parametrize(
        "stated", ["", "  ", "王\u200b伟", "王\n伟", "王\x07", "\u202e王伟", "\ud800", "王\ufeff伟", "\u2028"]
    )
    def test_is_refused_if_nobody_can_see_what_it_says(self, stated: str) -> None:
        with pytest.raises(InvalidField) as refused:
            cleaned(stated, field="name")
        assert refused.value.field == "name"
