import pytest

from services.chassis.faults import Fault


class TestTheReasonOfAFault:
    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("AlreadyEnrolled", "ALREADY_ENROLLED"),
            ("NotACommunity", "NOT_A_COMMUNITY"),
            ("TieAtCutoff", "TIE_AT_CUTOFF"),
            ("LogUnknown", "LOG_UNKNOWN"),
        ],
    )
    def test_is_the_name_of_its_class_word_by_word(self, name: str, reason: str) -> None:
        fault_class: type[Fault] = type(name, (Fault,), {})
        assert fault_class.reason == reason
