"""What is measured: the values of all rounds, and beside a ratio the bar that it has to pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What a figure has to be."""

    value: float
    at_least: bool = True
    """False: at most."""

    def holds_for(self, measured: float) -> bool:
        return measured >= self.value if self.at_least else measured <= self.value

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.value:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table."""

    row: str
    """Of the bars: `P1`."""
    what: str
    values: tuple[float, ...]
    """One per round."""
    unit: str = ""
    bar: Bar | None = None

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def holds(self) -> bool | None:
        """Whether the bar is reached; None without a bar."""
        return self.bar.holds_for(self.median) if self.bar else None

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "what": self.what,
            "unit": self.unit,
            "median": self.median,
            "least": min(self.values),
            "most": max(self.values),
            "values": list(self.values),
            "bar": str(self.bar) if self.bar else None,
            "holds": self.holds,
        }


def at_least(value: float) -> Bar:
    return Bar(value=value)


def at_most(value: float) -> Bar:
    return Bar(value=value, at_least=False)


def ratios(measured: Sequence[float], ceiling: Sequence[float], /) -> tuple[float, ...]:
    """Divide round by round: both were measured one after the other, so the machine's moods cancel out."""
    return tuple(one / other for one, other in zip(measured, ceiling, strict=True))
