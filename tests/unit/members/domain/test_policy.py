from datetime import date

import pytest

from services.members.domain.policy import MonthDay, Policy

JUNE_30 = MonthDay(month=6, day=30)
LEAP_DAY = MonthDay(month=2, day=29)


class TestTheDeadline:
    @pytest.mark.parametrize(
        ("deadline", "day", "is_late"),
        [
            (JUNE_30, date(2025, 6, 30), False),
            (JUNE_30, date(2025, 7, 1), True),
            (JUNE_30, date(2025, 12, 31), True),
            (JUNE_30, date(2026, 1, 1), False),
            (LEAP_DAY, date(2024, 2, 29), False),
            (LEAP_DAY, date(2025, 2, 28), False),
            (LEAP_DAY, date(2025, 3, 1), True),
            (None, date(2025, 12, 31), False),
        ],
    )
    def test_is_a_day_of_each_year(self, deadline: MonthDay | None, day: date, *, is_late: bool) -> None:
        assert Policy(enrolment_deadline=deadline).is_late(day) is is_late
