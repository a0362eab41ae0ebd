"""The outcome of a replay, and as one plain dictionary for `--json`: codes, never ids."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from services.console.replay.clock import ZONE
from services.console.replay.differences import published_and_answered, stated_and_answered
from services.console.replay.findings import Answered
from services.console.replay.published import SUMMARY_FILE, WEEKS_FILE
from services.console.replay.reading import TOP
from services.console.replay.source import Source
from services.console.replay.weeks import hours
from services.console.replay.write_points import MINUTE_MILLI
from services.console.replay.year import NO_POSTCODE, Year

Json = dict[str, object]
ASSUMPTIONS = (
    "Who attended: volunteers with a confirmed date, whatever it is, in the order of the file, by turns.",
    "Nobody is twice a day. The totals are real, the pairing is not.",
    f"Times: a shift starts at 09:00 in {ZONE.key} and lasts its longest share; published as its day begins.",
    "Minutes: those of a shift, rounded half up, are divided among all who attended, without losing one.",
    "Demand is no capacity: some shifts were attended by more.",
    f"Grid: one district, one street, a community for each outward postcode; {NO_POSTCODE} for none.",
    "Names: the beginning of each hash. Rule: a point a minute, without a limit.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All that a replay is judged by."""

    source: Source
    answered: Answered
    differences: list[str]
    """Between what was stated, what the servers answer and what was published; empty if all is well."""
    verified: bool
    """Ledger, points, boards and facts agree."""
    seconds: Mapping[str, float]
    """How long each step took, in their order."""

    @property
    def is_well(self) -> bool:
        return self.verified and not self.differences


def judge(
    *, source: Source, year: Year, answered: Answered, verified: bool, seconds: Mapping[str, float]
) -> Outcome:
    """Compare everything there is to compare."""
    return Outcome(
        source=source,
        answered=answered,
        differences=[
            *stated_and_answered(year, answered),
            *published_and_answered(source.published, answered),
        ],
        verified=verified,
        seconds=seconds,
    )


def as_json(outcome: Outcome, /) -> Json:
    """Give everything; only `seconds` differs between two replays of the same folder."""
    answered = outcome.answered
    return {
        "time_zone": ZONE.key,
        "folder_digest": outcome.source.digest,
        "volunteers_registered": answered.volunteers,
        "shifts": answered.shifts,
        "shifts_attended": answered.shifts_attended,
        "attendances": len(answered.attended),
        "confirmed_minutes": answered.minutes,
        "hours": hours(answered.minutes),
        "points": sum(one.balance_milli for one in answered.counted) // MINUTE_MILLI,
        "weeks": [
            {
                "ending": week.ending.isoformat(),
                "attendances": week.attendances,
                "minutes": week.minutes,
                "hours": hours(week.minutes),
            }
            for week in answered.weeks
        ],
        "top_ten": [
            {"volunteer": one.volunteer, "minutes": one.minutes, "hours": hours(one.minutes)}
            for one in answered.counted[:TOP]
        ],
        "rows_broken": [asdict(row) for row in outcome.source.broken],
        # The first refusal of a server ends a replay with exit code 1; whoever reads this knows of none.
        "refused": 0,
        "compared_with": compared_with(outcome),
        "differences": outcome.differences,
        "assumptions": list(ASSUMPTIONS),
        "verified": outcome.verified,
        "seconds": {step: round(taken, 3) for step, taken in outcome.seconds.items()},
    }


def compared_with(outcome: Outcome, /) -> list[str]:
    """Name the files of the folder with which the answers were compared."""
    published = outcome.source.published
    files = ((WEEKS_FILE, published.weeks), (SUMMARY_FILE, published.total))
    return [name for name, content in files if content is not None]
