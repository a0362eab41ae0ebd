"""What cuts a grant. A new window is a member of `LimitWindow` and a row in `WINDOW_KEYS`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.points.domain.fact import Fact

MINUTES_MAX = 1_000_000


class LimitWindow(StrEnum):
    """Over what a limit counts."""

    ACTIVITY = "activity"


WINDOW_KEYS: Mapping[LimitWindow, Callable[[Fact], str]] = {
    LimitWindow.ACTIVITY: lambda fact: fact.activity_id,
}
"""Which window of its kind a fact falls into."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    limit_id: str
    """Unique in the rule set; a later version's limit with this id goes on counting."""
    window: LimitWindow
    minutes_max: int
    """Minutes that count in one window."""

    def window_key(self, fact: Fact) -> str:
        return WINDOW_KEYS[self.window](fact)
