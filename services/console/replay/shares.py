"""Turns the hours of a shift into whole minutes and divides them, without losing one."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

MINUTES_PER_HOUR = 60


def minutes_of(hours: Decimal, /) -> int:
    """Round to whole minutes, half up, in decimal: 0.675 h are 40.5 and so 41 minutes."""
    return int((hours * MINUTES_PER_HOUR).to_integral_value(ROUND_HALF_UP))


def shares(*, minutes: int, people: int) -> Sequence[int]:
    """Divide minutes among people: what is left over goes to the first ones, one minute each."""
    if not people:
        return []
    each, left_over = divmod(minutes, people)
    return [each + (turn < left_over) for turn in range(people)]
