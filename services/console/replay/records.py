"""What the folder says: shifts and volunteers, as its rows have them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.console.replay import fields as read
from services.console.replay.clock import MINUTE, day_of, minutes_until_next_start, start
from services.console.replay.faults import RowBroken
from services.console.replay.rows import Fields
from services.console.replay.shares import minutes_of, shares

SHIFT_COLUMNS: Final = ("date", "shift_id", "postcode", "volunteer_hours", "attended", "event_name")
"""`demand` is not among them: it is a wish, not a capacity, and some shifts exceed it."""
VOLUNTEER_COLUMNS: Final = ("hash", "created", "confirmed")
TITLE_LENGTH_MAX: Final = 100
_HOURS_A_HEAD_MAX: Final = 25
"""On the longest day of the year; what is more is refused before it is computed with."""
_TOO_LONG: Final = "volunteer_hours longer than a day for each who attended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    shift_id: str
    day: date
    outward: str
    """The first half of the postcode; empty if the shift has none."""
    minutes: int
    """Of all who attended, together."""
    attended: int
    title: str

    @property
    def lasts_minutes(self) -> int:
        """Until whoever stays longest leaves; at least a minute, for an activity ends after it starts."""
        return max([1, *shares(minutes=self.minutes, people=self.attended)[:1]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Volunteer:
    code: str
    """The hash that stands for the person."""
    created: date | None
    """When the record was made, if the folder says so."""
    confirmed: bool
    """The volunteer has a confirmed date, whatever it is and whatever became of it."""


def parse_shift(fields: Fields, /, *, now: datetime) -> Shift:
    """Make a shift of a row.

    Args:
        fields: Of the row.
        now: A shift that is not over by then is left out.

    Raises:
        RowBroken: Says why.
    """
    day = read.past_day(fields, "date", today=day_of(now))
    hours = read.amount(fields, "volunteer_hours")
    attended = read.count(fields, "attended")
    if hours and not attended:
        raise RowBroken(f"volunteer_hours {hours}, and nobody attended")
    if hours > attended * _HOURS_A_HEAD_MAX:
        raise RowBroken(_TOO_LONG)
    shift_id = read.code(fields, "shift_id")
    shift = Shift(
        shift_id=shift_id,
        day=day,
        outward=read.outward_postcode(fields, "postcode"),
        minutes=minutes_of(hours),
        attended=attended,
        title=_title(fields["event_name"]) or f"Shift {shift_id}",
    )
    if shift.lasts_minutes > minutes_until_next_start(day):
        raise RowBroken(_TOO_LONG)
    if start(day) + shift.lasts_minutes * MINUTE > now:
        raise RowBroken(f"date {day}: the shift is not over yet")
    return shift


def parse_volunteer(fields: Fields, /, *, now: datetime) -> Volunteer:
    """Make a volunteer of a row.

    Raises:
        RowBroken: Says why.
    """
    confirmed = fields["confirmed"]
    if confirmed:
        read.day(fields, "confirmed")
    return Volunteer(
        code=read.code(fields, "hash"),
        created=read.past_day(fields, "created", today=day_of(now)) if fields["created"] else None,
        confirmed=bool(confirmed),
    )


def _title(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable())[:TITLE_LENGTH_MAX]
