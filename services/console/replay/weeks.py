"""Sums by week: add first, round last."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from services.console.replay.clock import day_of, week_after, week_ending
from services.console.replay.shares import MINUTES_PER_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class Attended:
    """An attendance as the server answers it."""

    shift_id: str
    volunteer: str
    at: datetime
    minutes: int


@dataclass(slots=True, kw_only=True)
class Week:
    ending: date
    """A Friday, in London."""
    attendances: int = 0
    minutes: int = 0


def by_week(attended: Iterable[Attended], /) -> list[Week]:
    """Add up every week from the first to the last, those without an attendance too."""
    weeks: dict[date, Week] = {}
    for one in attended:
        ending = week_ending(day_of(one.at))
        week = weeks.setdefault(ending, Week(ending=ending))
        week.attendances += 1
        week.minutes += one.minutes
    return list(_without_gaps(weeks)) if weeks else []


def hours(minutes: int, /) -> str:
    """Show minutes as hours with two decimal places, half up; nothing computes with the result."""
    return str((Decimal(minutes) / MINUTES_PER_HOUR).quantize(Decimal("0.01"), ROUND_HALF_UP))


def _without_gaps(weeks: dict[date, Week]) -> Iterable[Week]:
    ending, last = min(weeks), max(weeks)
    while ending <= last:
        yield weeks.get(ending) or Week(ending=ending)
        ending = week_after(ending)
