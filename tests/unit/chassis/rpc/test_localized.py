from collections.abc import Iterator

import pytest
from google.rpc.error_details_pb2 import LocalizedMessage
from google.rpc.status_pb2 import Status

from services.chassis.faults import Fault, InvalidField, JobUnknown, PeriodMalformed
from services.chassis.rpc.codes import CODES
from services.chassis.rpc.localized import chinese_text, language_of
from services.chassis.rpc.status import LOCALIZED_BYTES_MAX, StatusTable
from services.chassis.texts import Language, current_language


class DoorStuck(Fault):
    """The door is stuck."""


class KeyBent(InvalidField):
    """The key is bent."""


@pytest.fixture
def in_english() -> Iterator[None]:
    before = current_language.set(Language.ENGLISH)
    yield
    current_language.reset(before)


def said(status: Status) -> LocalizedMessage | None:
    message = LocalizedMessage()
    return message if any(each.Unpack(message) for each in status.details) else None


class TestARefusal:
    def test_is_said_in_chinese_to_who_did_not_ask(self) -> None:
        assert said(StatusTable({}).status_of(JobUnknown())) == LocalizedMessage(
            locale="zh-CN", message="没有这个任务。"
        )

    @pytest.mark.usefixtures("in_english")
    def test_is_said_in_english_to_who_asks_for_it(self) -> None:
        status = StatusTable({}).status_of(JobUnknown("No job 7."))
        assert said(status) == LocalizedMessage(locale="en", message="No job 7.")

    @pytest.mark.usefixtures("in_english")
    def test_is_said_briefly(self) -> None:
        found = said(StatusTable({}).status_of(JobUnknown("x" * 1000)))
        assert found is not None
        assert len(found.message) <= LOCALIZED_BYTES_MAX

    def test_without_words_of_its_own_has_those_of_what_it_is_a_case_of(self) -> None:
        assert chinese_text(KeyBent) == chinese_text(InvalidField)
        assert chinese_text(PeriodMalformed) != chinese_text(InvalidField)

    def test_that_nobody_has_words_for_is_left_in_english(self) -> None:
        code = CODES[JobUnknown]
        assert said(StatusTable({DoorStuck: code}).status_of(DoorStuck())) is None


def test_every_fault_of_the_chassis_has_words() -> None:
    own = {kind.reason for kind in CODES if kind.__module__ == "services.chassis.faults"}
    missing = sorted(
        kind.reason
        for kind in CODES
        if kind.reason in own
        and kind is not InvalidField
        and chinese_text(kind) in {None, chinese_text(InvalidField)}
    )
    assert not missing, f"write a text into services/chassis/rpc/texts/zh-CN.toml for {', '.join(missing)}"


@pytest.mark.parametrize(
    ("stated", "language"),
    [("en", "en"), ("en-GB", "en"), ("EN", "en"), ("zh-CN", "zh-CN"), ("", "zh-CN"), ("fr", "zh-CN")],
)
def test_an_unknown_language_is_as_none(stated: str, language: str) -> None:
    assert language_of(stated) == language
