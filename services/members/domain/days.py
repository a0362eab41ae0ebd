"""Days of the district's calendar."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_DAY: Final = timedelta(days=1)
_INSTANT: Final = timedelta(microseconds=1)
"""The smallest step of a stored time."""


def day_of(moment: datetime, /, *, zone: ZoneInfo) -> date:
    """Say on which day a moment lies."""
    return moment.astimezone(zone).date()


def last_moment_of(day: date, /, *, zone: ZoneInfo) -> datetime:
    """Say when a day ends: aware, UTC, its last microsecond."""
    return datetime.combine(day + _DAY, time(), tzinfo=zone).astimezone(UTC) - _INSTANT
