from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.replay.shares import minutes_of, shares


class TestMinutes:
    @pytest.mark.parametrize(
        ("hours", "minutes"),
        [
            ("0.667", 40),
            ("2.0", 120),
            ("0.675", 41),
            ("0.025", 2),
            ("0.0249", 1),
            ("1.0083333", 60),
            ("0", 0),
        ],
    )
    def test_are_rounded_half_up_in_decimal(self, hours: str, minutes: int) -> None:
        assert minutes_of(Decimal(hours)) == minutes

    @given(st.decimals(min_value=0, max_value=10_000, places=6))
    def test_are_never_more_than_half_a_minute_off(self, hours: Decimal) -> None:
        assert abs(minutes_of(hours) - hours * 60) <= Decimal("0.5")


class TestShares:
    @given(minutes=st.integers(0, 100_000), people=st.integers(1, 300))
    def test_lose_no_minute_and_differ_by_one_at_most(self, minutes: int, people: int) -> None:
        found = shares(minutes=minutes, people=people)
        assert sum(found) == minutes
        assert len(found) == people
        assert max(found) - min(found) <= 1
        assert list(found) == sorted(found, reverse=True)

    def test_of_nobody_are_none(self) -> None:
        assert list(shares(minutes=0, people=0)) == []
