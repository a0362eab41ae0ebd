"""Compares what was stated, what the servers answered and what the programme published."""

from collections import Counter
from collections.abc import Iterator

from services.console.replay.clock import day_of
from services.console.replay.findings import Answered
from services.console.replay.published import Published, PublishedWeek
from services.console.replay.reading import TOP
from services.console.replay.shares import MINUTES_PER_HOUR
from services.console.replay.weeks import Attended, Week, hours
from services.console.replay.write_points import MINUTE_MILLI
from services.console.replay.year import Year

_HALF_HOUR_MINUTES = 30


def stated_and_answered(year: Year, answered: Answered, /) -> list[str]:
    """Name everything that the servers answer otherwise than it was stated."""
    stays = year.stays
    figures = (
        ("volunteers", len(year.volunteers), answered.volunteers),
        ("shifts", len(year.shifts), answered.shifts),
        ("attendances", len(stays), len(answered.attended)),
        ("minutes", sum(stay.minutes for stay in stays), answered.minutes),
        ("minutes of all weeks", answered.minutes, sum(week.minutes for week in answered.weeks)),
        ("minutes that count in points", answered.minutes, sum(one.minutes for one in answered.counted)),
        (
            "milli-points",
            answered.minutes * MINUTE_MILLI,
            sum(one.balance_milli for one in answered.counted),
        ),
    )
    found = [f"{what}: {stated:,} stated, {got:,} answered" for what, stated, got in figures if stated != got]
    stated = Counter((one.shift_id, one.volunteer, one.signed_in_at, one.minutes) for one in stays)
    got = Counter((one.shift_id, one.volunteer, one.at, one.minutes) for one in answered.attended)
    if differing := (stated - got) + (got - stated):
        found.append(f"attendances: {differing.total():,} that are not as stated")
    return [*found, *_boards(answered)]


def published_and_answered(published: Published, answered: Answered, /) -> list[str]:
    """Name everything that the programme published otherwise.

    Weeks were published in rounded hours and the total cut to whole ones, so that much may differ.
    """
    found: list[str] = []
    if published.weeks is not None:
        found += _weeks(published.weeks, answered.weeks)
    if published.total is not None:
        total = published.total
        if total.attendances != len(answered.attended):
            found.append(
                f"published: {total.attendances:,} attendances, answered: {len(answered.attended):,}"
            )
        if total.hours != answered.minutes // MINUTES_PER_HOUR:
            found.append(f"published: {total.hours:,} hours, answered: {hours(answered.minutes)}")
    return found


def _weeks(published: tuple[PublishedWeek, ...], answered: list[Week]) -> Iterator[str]:
    theirs = {week.ending: week for week in published}
    ours = {week.ending: week for week in answered}
    for ending in sorted(theirs.keys() | ours.keys()):
        one = theirs.get(ending) or PublishedWeek(ending=ending, attendances=0, hours=0)
        other = ours.get(ending) or Week(ending=ending)
        apart = abs(one.hours * MINUTES_PER_HOUR - other.minutes)
        if one.attendances != other.attendances or apart > _HALF_HOUR_MINUTES:
            yield (
                f"week to {ending}: published {one.attendances:,} attendances and {one.hours:,} hours, "
                f"answered {other.attendances:,} and {hours(other.minutes)}"
            )


def _boards(answered: Answered) -> Iterator[str]:
    """Compare the first places of each year's board with the attendances of that year."""
    for year, minutes in answered.board_minutes.items():
        wanted = _best(one for one in answered.attended if str(day_of(one.at).year) == year)
        if wanted != minutes:
            yield f"board {year}: {wanted} minutes in events, {minutes} in points"


def _best(attended: Iterator[Attended]) -> tuple[int, ...]:
    minutes: Counter[str] = Counter()
    for one in attended:
        minutes[one.volunteer] += one.minutes
    return tuple(each for _, each in minutes.most_common(TOP) if each)
