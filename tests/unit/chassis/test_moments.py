from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis.strategies import datetimes, just
from linli.members.v1.enrolment_pb2 import EnrolRequest, GetEnrolmentRequest

from services.chassis.faults import InvalidField
from services.chassis.moments import MOMENT_MIN, moment_of, occurred, stated_moment, timestamp

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
SECONDS_OF_YEAR_1 = -62_135_596_800
SECONDS_OF_YEAR_10000 = 253_402_300_800


def request_at(seconds: int, nanos: int = 0) -> EnrolRequest:
    return EnrolRequest(occurred_at=Timestamp(seconds=seconds, nanos=nanos))


class TestAWrittenMoment:
    @given(moment=datetimes(timezones=just(UTC)))
    def test_is_that_of_the_library(self, moment: datetime) -> None:
        expected = Timestamp()
        expected.FromDatetime(moment)
        assert timestamp(moment) == expected
        assert moment_of(timestamp(moment)) == moment

    def test_that_is_none_is_left_out(self) -> None:
        assert timestamp(None) is None


class TestAStatedMoment:
    def test_is_read_as_aware_utc(self) -> None:
        assert stated_moment(request_at(1_748_779_200)) == NOW

    def test_that_is_not_set_is_none(self) -> None:
        assert stated_moment(EnrolRequest()) is None

    def test_may_stand_in_another_field(self) -> None:
        request = GetEnrolmentRequest(as_of=Timestamp(seconds=1_748_779_200))
        assert stated_moment(request, field="as_of") == NOW

    def test_on_the_first_day_is_taken_and_just_before_it_is_refused(self) -> None:
        first = int(MOMENT_MIN.timestamp())
        assert stated_moment(request_at(first)) == MOMENT_MIN
        with pytest.raises(InvalidField, match="1949-10-01") as refused:
            stated_moment(request_at(first - 1, 999_999_999))
        assert refused.value.field == "occurred_at"

    @pytest.mark.parametrize(
        ("seconds", "nanos"),
        [
            (SECONDS_OF_YEAR_1, 0),
            (SECONDS_OF_YEAR_1 - 1, 0),
            (SECONDS_OF_YEAR_10000, 0),
            (2**63 - 1, 0),
            (-(2**63), 0),
            (0, -1),
            (0, 1_000_000_000),
        ],
    )
    def test_outside_all_reason_is_refused(self, seconds: int, nanos: int) -> None:
        with pytest.raises(InvalidField):
            stated_moment(request_at(seconds, nanos))


class TestWhatOccurred:
    def test_occurred_now_if_nothing_is_stated(self) -> None:
        assert occurred(None, now=NOW) == NOW

    def test_may_have_occurred_just_now(self) -> None:
        assert occurred(NOW, now=NOW) == NOW

    def test_never_occurred_in_the_future(self) -> None:
        with pytest.raises(InvalidField, match="future") as refused:
            occurred(NOW + timedelta(microseconds=1), now=NOW)
        assert refused.value.field == "occurred_at"
