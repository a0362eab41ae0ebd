from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.chassis.faults import InvalidField
from services.chassis.periods import Period
from services.members.domain.grid import Level
from services.members.domain.participation import Enrolling, Turnout, counted_at, refuse_below_community
from tests.unit.members.domain.records import JUNE, node

YEAR = Period.parse("2025", zone=ZoneInfo("Asia/Shanghai"))


class TestTheRate:
    @pytest.mark.parametrize(
        ("participating", "enrolled", "basis_points"),
        [
            (3218, 3747, 8588),
            (0, 10, 0),
            (10, 10, 10_000),
            (1, 3, 3333),
            (2, 3, 6667),
            (1, 20_000, 1),  # exactly half a basis point goes up
            (1, 20_001, 0),
        ],
    )
    def test_is_in_basis_points_half_up(self, participating: int, enrolled: int, basis_points: int) -> None:
        assert Turnout(enrolled=enrolled, participating=participating).basis_points == basis_points

    def test_is_nothing_where_nobody_is_enrolled(self) -> None:
        assert Turnout(enrolled=0, participating=0).basis_points == 0


class TestThoseEnrolled:
    def test_are_counted_now_while_the_period_runs(self) -> None:
        assert counted_at(period=YEAR, now=JUNE) == JUNE

    def test_are_counted_at_the_last_moment_of_a_period_that_is_over(self) -> None:
        moment = counted_at(period=YEAR, now=datetime(2026, 6, 1, tzinfo=UTC))
        assert YEAR.contains(moment)
        assert not YEAR.contains(moment + timedelta(microseconds=1))


class TestAPartOfTheGrid:
    @pytest.mark.parametrize("level", [Level.DISTRICT, Level.STREET, Level.COMMUNITY])
    def test_down_to_the_community_can_be_counted(self, level: Level) -> None:
        refuse_below_community(node("n1", level))

    @pytest.mark.parametrize("level", [Level.AREA, Level.BUILDING_GROUP])
    def test_below_the_community_is_refused_instead_of_answered_with_nobody(self, level: Level) -> None:
        with pytest.raises(InvalidField):
            refuse_below_community(node("n1", level))


class TestTheShareOfAUnit:
    @pytest.mark.parametrize(
        ("due", "enrolled", "threshold", "needed"),
        [
            (100, 95, 9_500, 0),
            (100, 94, 9_500, 1),
            (100, 0, 9_500, 95),
            # 94.998 % is 95.00 % when rounded, and yet not enough.
            (40_000, 37_999, 9_500, 1),
            (3, 2, 6_667, 1),
            (3, 2, 6_666, 0),
            (0, 0, 9_500, 0),
            (7, 7, 10_000, 0),
        ],
    )
    def test_is_compared_exactly(self, due: int, enrolled: int, threshold: int, needed: int) -> None:
        assert Enrolling(due=due, enrolled=enrolled).needed_for(threshold) == needed
