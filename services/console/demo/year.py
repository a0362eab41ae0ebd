"""The moments of the year: 2025 in Asia/Shanghai, whatever today is."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

YEAR = 2025
PERIOD_ID = str(YEAR)
ZONE = ZoneInfo("Asia/Shanghai")
MONTHS = 12
CREATED_AT = datetime(YEAR, 1, 1, tzinfo=ZONE).astimezone(UTC)
"""Grid, work units and register exist since the first moment of the year."""

_MILLISECOND = timedelta(milliseconds=1)
_SATURDAY = 5
_WEEKENDS = (1, 2, 3)
"""The second to the fourth weekend of a month; the first is often a public holiday."""


def local(day: date, hour: int, minute: int = 0) -> datetime:
    """Give the moment, in UTC, at which a clock in the district shows this."""
    return datetime.combine(day, time(hour, minute), tzinfo=ZONE).astimezone(UTC)


def day_of_year(offset: int) -> date:
    """Count days from 1 January (0)."""
    return date(YEAR, 1, 1) + timedelta(days=offset)


def between(random: Random, earliest: timedelta, latest: timedelta) -> timedelta:
    """Draw a duration, in whole milliseconds."""
    return _MILLISECOND * random.randint(earliest // _MILLISECOND, latest // _MILLISECOND)


def activity_days(random: Random, count: int) -> list[date]:
    """Choose the activity days of one community: as even over the months as can be, on weekends, in order.

    Args:
        random: Decides the rota.
        count: At most 72 (six a month); 12 at true scale, one a month.
    """
    rota = [(week, day) for week in _WEEKENDS for day in (0, 1)]
    random.shuffle(rota)
    per_month = [(month + 1) * count // MONTHS - month * count // MONTHS for month in range(MONTHS)]
    return sorted(
        _weekend_day(month + 1, *turn) for month, turns in enumerate(per_month) for turn in rota[:turns]
    )


def _weekend_day(month: int, week: int, day: int) -> date:
    first = date(YEAR, month, 1)
    saturday = first + timedelta(days=(_SATURDAY - first.weekday()) % 7)
    return saturday + timedelta(weeks=week, days=day)


class Moments:
    """Hands out every moment once.

    Two members can therefore never complete a score at the same moment, so that the tie policy, whose
    last key is who was earlier, decides every pair.
    """

    def __init__(self) -> None:
        self._taken: set[datetime] = set()

    def take(self, wanted: datetime) -> datetime:
        """Return the wanted moment, or the first free millisecond after it."""
        while wanted in self._taken:
            wanted += _MILLISECOND
        self._taken.add(wanted)
        return wanted
