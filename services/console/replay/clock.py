"""The clock of the district that is replayed: London's, summer time included."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("Europe/London")
STARTS_AT: Final = time(9)
"""The data have no clock times: every shift starts at nine."""
MINUTE: Final = timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
_FRIDAY: Final = 4
_DAYS_PER_WEEK: Final = 7


def midnight(day: date, /) -> datetime:
    """Give the moment, in UTC, at which a day begins in London."""
    return datetime.combine(day, time(0), tzinfo=ZONE).astimezone(UTC)


def start(day: date, /) -> datetime:
    """Give the moment, in UTC, at which the shifts of a day start."""
    return datetime.combine(day, STARTS_AT, tzinfo=ZONE).astimezone(UTC)


def minutes_until_next_start(day: date, /) -> int:
    """Count the minutes until the shifts of the next day start: 23, 24 or 25 hours."""
    return (start(day + _DAY) - start(day)) // MINUTE


def day_of(moment: datetime, /) -> date:
    """Say which day it is in London."""
    return moment.astimezone(ZONE).date()


def week_ending(day: date, /) -> date:
    """Give the Friday that ends the week of a day; a Friday ends its own."""
    return day + timedelta(days=(_FRIDAY - day.weekday()) % _DAYS_PER_WEEK)


def week_after(ending: date, /) -> date:
    """Give the Friday after a Friday."""
    return ending + timedelta(days=_DAYS_PER_WEEK)
