"""Takes turns: A B, B A, A B ..., so that a machine that slows down slows both down."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to measure."""

    rounds: int
    seconds: float
    """Of one measurement that lasts as long as it is told to."""
    share: float = 1.0
    """Of the work, for a measurement that takes as long as its work does."""
    say: Callable[[str], None] = lambda _said: None
    """Shows progress."""

    def of(self, items: int) -> int:
        """Scale a number of items."""
        return max(1, round(items * self.share))


async def interleaved(
    pace: Pace, measures: Mapping[str, Callable[[], Awaitable[Value]]]
) -> dict[str, list[Value]]:
    """Measure everything once to warm up, and then in every round, back and forth.

    Returns:
        One value per round and measure.
    """
    names = list(measures)
    found: dict[str, list[Value]] = {name: [] for name in names}
    for number in range(pace.rounds + 1):
        for name in reversed(names) if number % 2 else names:
            pace.say(f"round {number} of {pace.rounds}: {name}" if number else f"warming up: {name}")
            value = await measures[name]()
            if number:
                found[name].append(value)
    return found
