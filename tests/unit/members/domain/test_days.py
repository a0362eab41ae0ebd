from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.members.domain.days import day_of, last_moment_of

INSTANT = timedelta(microseconds=1)
ZONES = [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo")]


class TestADay:
    def test_is_of_the_districts_calendar(self) -> None:
        evening = datetime(2025, 3, 1, 16, 0, tzinfo=UTC)
        assert day_of(evening - INSTANT, zone=ZONES[0]) == date(2025, 3, 1)
        assert day_of(evening, zone=ZONES[0]) == date(2025, 3, 2)

    @pytest.mark.parametrize("zone", ZONES, ids=str)
    def test_ends_where_the_next_begins(self, zone: ZoneInfo) -> None:
        # All days of a year in which clocks are put forward and back.
        for number in range(366):
            day = date(2018, 1, 1) + timedelta(days=number)
            last = last_moment_of(day, zone=zone)
            assert day_of(last, zone=zone) == day
            assert day_of(last + INSTANT, zone=zone) == day + timedelta(days=1)
