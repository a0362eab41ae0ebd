"""What the district has decided about its register: configuration that people set, and say why."""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from services.chassis.faults import InvalidField
from services.chassis.periods import PeriodKind
from services.members.domain.faults import EtagStale

RECORD_ID: Final = "policy"
"""There is one; its reasons are kept under this id."""
LEAP_YEAR: Final = 2024


class ParticipationKind(StrEnum):
    """What somebody can take part in."""

    HOURS = "HOURS"
    """Confirmed minutes at an activity."""
    WISH = "WISH"
    """A fulfilled wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthDay:
    """A day of every year."""

    month: int
    day: int

    def in_year(self, year: int, /) -> date:
        """Give that day of a year; of 29 February the 28th, where there is none."""
        return date(year, self.month, min(self.day, monthrange(year, self.month)[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipationRule:
    """Who participates in a period: whoever has at least so many records of these kinds in it."""

    kinds: frozenset[ParticipationKind] = frozenset(ParticipationKind)
    records_min: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One district's decisions; without any, those of the rule that most districts published."""

    renewal_period: PeriodKind | None = PeriodKind.HALF_YEAR
    """How often enrolled members must return (返报到); None: never."""
    enrolment_deadline: MonthDay | None = MonthDay(month=6, day=30)
    """The last day of each year on which enrolling is in time; None: there is none. By default that of
    Foshan (佛山): first check-in by 30 June."""
    participation: ParticipationRule = field(default_factory=ParticipationRule)
    phone_countries: tuple[str, ...] = ("CN",)
    """ISO 3166-1 alpha-2; a number without a country is of the first."""
    acknowledgement_days: int = 15
    """A work unit acknowledges a feedback statement within so many days."""

    def is_late(self, day: date, /) -> bool:
        """Say whether somebody who enrols on a day is late."""
        return self.enrolment_deadline is not None and day > self.enrolment_deadline.in_year(day.year)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRevision:
    """A policy, with how often one was set before; 0: the default, which nobody set."""

    policy: Policy = field(default_factory=Policy)
    revision: int = 0

    @property
    def etag(self) -> str:
        return str(self.revision)

    def followed_by(self, policy: Policy, /, *, etag: str) -> "PolicyRevision":
        """Let another policy hold from now on.

        Raises:
            EtagStale: It is not this one that was read.
            InvalidField: The deadline is a day that no year has.
        """
        if etag != self.etag:
            raise EtagStale(field="etag", etag=self.etag)
        deadline = policy.enrolment_deadline
        if deadline and deadline.day > monthrange(LEAP_YEAR, deadline.month)[1]:
            raise InvalidField("No year has this day.", field="policy.enrolment_deadline.day")
        return PolicyRevision(policy=policy, revision=self.revision + 1)
