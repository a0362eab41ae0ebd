"""Periods of the calendar: half-open, in the time zone of the district.

| id         | kind      | from                                  |
|------------|-----------|---------------------------------------|
| `2025`     | year      | 1 January                             |
| `2025-H1`  | half-year | 1 January or 1 July                   |
| `2025-Q3`  | quarter   | 1 January, April, July or October     |
| `2025-11`  | month     | the first                             |
| `2025-W47` | week      | Monday (ISO 8601; the year is the week's) |
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from services.chassis.faults import PeriodMalformed

YEAR_MIN: Final = 1949
"""Moments may be stated from its October on (`chassis/moments.py`), and each lies in a period."""
YEAR_MAX: Final = 2200

_MONTHS_A_YEAR: Final = 12
_PERIODS_KEPT_MAX: Final = 4_096
"""Making a period costs ten times finding it again, and every fact lies in one of each kind."""
_WEEK: Final = timedelta(days=7)


class PeriodKind(StrEnum):
    YEAR = "YEAR"
    HALF_YEAR = "HALF_YEAR"
    QUARTER = "QUARTER"
    MONTH = "MONTH"
    WEEK = "WEEK"


_ID_FORMS: Final = {
    PeriodKind.YEAR: re.compile(r"(\d{4})", re.ASCII),
    PeriodKind.HALF_YEAR: re.compile(r"(\d{4})-H([12])", re.ASCII),
    PeriodKind.QUARTER: re.compile(r"(\d{4})-Q([1-4])", re.ASCII),
    PeriodKind.MONTH: re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII),
    PeriodKind.WEEK: re.compile(r"(\d{4})-W(0[1-9]|[1-4]\d|5[0-3])", re.ASCII),
}
_MONTHS: Final = {PeriodKind.YEAR: 12, PeriodKind.HALF_YEAR: 6, PeriodKind.QUARTER: 3, PeriodKind.MONTH: 1}
_WRITE: Final[dict[PeriodKind, Callable[[int, int], str]]] = {
    PeriodKind.YEAR: lambda year, _: f"{year:04}",
    PeriodKind.HALF_YEAR: lambda year, number: f"{year:04}-H{number}",
    PeriodKind.QUARTER: lambda year, number: f"{year:04}-Q{number}",
    PeriodKind.MONTH: lambda year, number: f"{year:04}-{number:02}",
    PeriodKind.WEEK: lambda year, number: f"{year:04}-W{number:02}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One period; it holds its start and not its end, so that periods of a kind never overlap."""

    id: str
    kind: PeriodKind
    starts_at: datetime
    """Aware, UTC; local midnight, or the first moment after it where clocks skip it."""
    ends_at: datetime
    """Aware, UTC; the start of the next period."""

    @classmethod
    def parse(cls, period_id: str, /, *, zone: ZoneInfo, field: str = "period_id") -> "Period":
        """Read an id such as `2025-Q3`.

        Args:
            period_id: See the table above; years 1949 to 2200.
            zone: The zone in which its days begin.
            field: The field of the request that a refusal blames.

        Raises:
            PeriodMalformed: It is no such id, or no such week exists in that year.
        """
        for kind, form in _ID_FORMS.items():
            if match := form.fullmatch(period_id):
                year, number = int(match[1]), int(match[2]) if form.groups > 1 else 1
                if YEAR_MIN <= year <= YEAR_MAX and number <= _numbers_a_year(kind, year):
                    return cls._make(kind, year, number, zone)
        raise PeriodMalformed(field=field)

    @classmethod
    def containing(cls, moment: datetime, /, *, kind: PeriodKind, zone: ZoneInfo) -> "Period":
        """Find the period of a kind that holds a moment.

        Args:
            moment: Aware, in any zone.
            kind: Exactly one period of each kind holds a moment.
            zone: The zone in which its days begin.

        Raises:
            PeriodMalformed: The moment lies outside the years 1949 to 2200.
        """
        if moment.tzinfo is None:
            raise ValueError("A moment without a zone belongs to no period.")
        day = moment.astimezone(zone).date()
        if kind is PeriodKind.WEEK:
            year, number, _ = day.isocalendar()
        else:
            year, number = day.year, (day.month - 1) // _MONTHS[kind] + 1
        if not YEAR_MIN <= year <= YEAR_MAX:
            raise PeriodMalformed("Periods reach from 1949 to 2200.", field=None)
        return cls._make(kind, year, number, zone)

    def contains(self, moment: datetime, /) -> bool:
        return self.starts_at <= moment < self.ends_at

    @classmethod
    @lru_cache(maxsize=_PERIODS_KEPT_MAX)
    def _make(cls, kind: PeriodKind, year: int, number: int, zone: ZoneInfo) -> "Period":
        if kind is PeriodKind.WEEK:
            first_day = date.fromisocalendar(year, number, 1)
            next_day = first_day + _WEEK
        else:
            first_day = _first_of_month(year, (number - 1) * _MONTHS[kind])
            next_day = _first_of_month(year, number * _MONTHS[kind])
        return cls(
            id=_WRITE[kind](year, number),
            kind=kind,
            starts_at=_day_start(first_day, zone),
            ends_at=_day_start(next_day, zone),
        )


def _numbers_a_year(kind: PeriodKind, year: int) -> int:
    if kind is PeriodKind.WEEK:
        # 28 December is always in the last week of its ISO year.
        return date(year, 12, 28).isocalendar().week
    return _MONTHS_A_YEAR // _MONTHS[kind]


def _first_of_month(year: int, months: int) -> date:
    return date(year + months // _MONTHS_A_YEAR, months % _MONTHS_A_YEAR + 1, 1)


def _day_start(day: date, zone: ZoneInfo) -> datetime:
    # In UTC, because Python compares and subtracts two times of one zone by their clock faces, which is wrong
    # across daylight saving. Of a midnight that comes twice fold=0 is the first; one that is skipped becomes
    # the moment of the skip.
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
