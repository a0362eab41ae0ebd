from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.console.replay.weeks import Attended, by_week, hours

FRIDAY = 4


def attended(at: datetime, minutes: int = 60) -> Attended:
    return Attended(shift_id="1", volunteer="a", at=at, minutes=minutes)


class TestWeeks:
    @given(
        st.lists(
            st.builds(
                attended,
                st.datetimes(datetime(2022, 1, 1), datetime(2024, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
                st.integers(0, 1500),
            )
        )
    )
    def test_add_up_to_the_total(self, given_ones: list[Attended]) -> None:
        found = by_week(given_ones)
        assert sum(week.minutes for week in found) == sum(one.minutes for one in given_ones)
        assert sum(week.attendances for week in found) == len(given_ones)
        assert {week.ending.weekday() for week in found} <= {FRIDAY}
        gaps = {later.ending - week.ending for week, later in pairwise(found)}
        assert gaps <= {timedelta(days=7)}

    def test_end_on_friday_in_london_and_cross_the_year(self) -> None:
        ones = [
            attended(datetime(2023, 7, 7, 22, 59, tzinfo=UTC)),  # Friday, 23:59 in London
            attended(datetime(2023, 7, 7, 23, 0, tzinfo=UTC)),  # Saturday
            attended(datetime(2023, 12, 31, 9, 0, tzinfo=UTC)),
        ]
        found = [week for week in by_week(ones) if week.attendances]
        assert [week.ending for week in found] == [date(2023, 7, 7), date(2023, 7, 14), date(2024, 1, 5)]


class TestHours:
    def test_are_rounded_once_and_last(self) -> None:
        assert hours(1_066_011) == "17766.85"
        assert [hours(minutes) for minutes in (0, 1, 90)] == ["0.00", "0.02", "1.50"]
