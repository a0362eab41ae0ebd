"""What a fact is worth before limits. A new kind of amount is a class here and a case in `explanation`."""

from dataclasses import dataclass

MINUTES_PER_HOUR = 60
AMOUNT_MILLI_MAX = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """The same for every fact."""

    milli: int

    def worth_milli(self, minutes: int) -> int:  # noqa: ARG002 - every amount is asked alike
        return self.milli


@dataclass(frozen=True, slots=True, kw_only=True)
class PerHour:
    """By the minute, cut to whole milli-points per fact (MCA_ACTUAL: actual time, unit hour)."""

    milli: int

    def worth_milli(self, minutes: int) -> int:
        return minutes * self.milli // MINUTES_PER_HOUR


Amount = Fixed | PerHour
