"""A year of shifts as plain values: who was where from when to when. No ids, no servers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter

from services.console.replay.clock import MINUTE, midnight, start
from services.console.replay.faults import NothingToReplay, TooFewVolunteers
from services.console.replay.records import Shift, Volunteer
from services.console.replay.shares import shares
from services.console.replay.source import Source

NO_POSTCODE = "NO-POSTCODE"
"""The community of shifts without a postcode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One attendance: one volunteer at one shift, from its start until the share of its minutes is over."""

    code: str
    shift_id: str
    volunteer: str
    signed_in_at: datetime
    minutes: int

    @property
    def signed_out_at(self) -> datetime:
        return self.signed_in_at + self.minutes * MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    digest: str
    """Of the folder that it comes from."""
    created_at: datetime
    """The grid exists from the first day that the folder names."""
    communities: tuple[str, ...]
    """By outward postcode; the data have no grid of their own."""
    volunteers: tuple[Volunteer, ...]
    shifts: tuple[Shift, ...]
    """Day by day."""
    rounds: tuple[tuple[Stay, ...], ...]
    """Day by day; nobody is twice in a round, nor in a later one at an earlier time."""

    @property
    def stays(self) -> list[Stay]:
        return [stay for each in self.rounds for stay in each]


def build(source: Source, /) -> Year:
    """Fix what the data leave open: who attended, and at what time.

    Raises:
        NothingToReplay: There is no shift.
        TooFewVolunteers: Somebody would have to be in two places.
    """
    if not source.shifts:
        first = next((f" {row.file}, line {row.line}: {row.reason}." for row in source.broken), "")
        raise NothingToReplay(f"The folder has no shift that can be used.{first}")
    shifts = tuple(sorted(source.shifts, key=attrgetter("day")))
    people = [volunteer.code for volunteer in source.volunteers if volunteer.confirmed]
    days = [shifts[0].day, *(one.created for one in source.volunteers if one.created)]
    return Year(
        digest=source.digest,
        created_at=midnight(min(days)),
        communities=tuple(sorted({community_of(shift) for shift in shifts})),
        volunteers=source.volunteers,
        shifts=shifts,
        rounds=tuple(assign(shifts=shifts, people=people)),
    )


def community_of(shift: Shift, /) -> str:
    return shift.outward or NO_POSTCODE


def assign(*, shifts: Sequence[Shift], people: Sequence[str]) -> Iterator[tuple[Stay, ...]]:
    """Let people take turns, in their order and on from day to day; give each turn of all as a round.

    A day takes people one after the other and needs no more than there are, so nobody is there twice.

    Args:
        shifts: Day by day.
        people: Who can be asked.

    Raises:
        TooFewVolunteers: Names the first day that needs more people than there are.
    """
    for day, of_day in groupby(shifts, key=attrgetter("day")):
        _refuse_too_few(day, needed=sum(shift.attended for shift in of_day), there=len(people))
    takings = [
        (shift, number, minutes)
        for shift in shifts
        for number, minutes in enumerate(shares(minutes=shift.minutes, people=shift.attended), start=1)
    ]
    round_size = max(1, len(people))
    for first in range(0, len(takings), round_size):
        yield tuple(
            Stay(
                code=f"{shift.shift_id}.{number}",
                shift_id=shift.shift_id,
                volunteer=person,
                signed_in_at=start(shift.day),
                minutes=minutes,
            )
            for person, (shift, number, minutes) in zip(
                people, takings[first : first + round_size], strict=False
            )
        )


def _refuse_too_few(day: date, *, needed: int, there: int) -> None:
    if needed > there:
        raise TooFewVolunteers(
            f"{day} needs {needed:,} people, and only {there:,} volunteers have a confirmed date.",
            needed=needed,
            there=there,
        )
