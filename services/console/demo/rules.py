"""The values of the demo's rule set and reward: assumed, which the output says, for the source has none."""

from dataclasses import dataclass

RULE_SET = "chuanhui-demo"
HOURS_RULE = "service-hours"
HOUR_MILLI = 1_000
"""One point an hour, by the minute."""
ACTIVITY_LIMIT = "minutes-per-activity"
ACTIVITY_MINUTES_MAX = 120
"""More does not count at one activity."""
WISH_RULE = "wish-fulfilled"
WISH_MILLI = 2_000
"""Two points a wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What the places of a range get."""

    first_place: int
    last_place: int
    yuan: int


BANDS = (
    Band(first_place=1, last_place=1, yuan=5000),
    Band(first_place=2, last_place=4, yuan=3000),
    Band(first_place=5, last_place=10, yuan=2000),
)
TOP = BANDS[-1].last_place
BUDGET_YUAN = 26_000
FEN_PER_YUAN = 100
