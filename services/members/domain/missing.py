"""Who is missing: not enrolled, not renewed, not participating; and until when they are in time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from services.chassis.faults import InvalidField
from services.chassis.periods import Period
from services.members.domain.days import day_of
from services.members.domain.enrolment_faults import RenewalNotRequired
from services.members.domain.policy import Policy

_INSTANT: Final = timedelta(microseconds=1)


class MissingKind(StrEnum):
    NOT_ENROLLED = "NOT_ENROLLED"
    NOT_RENEWED = "NOT_RENEWED"
    NOT_PARTICIPATING = "NOT_PARTICIPATING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A member who is missing."""

    member_id: str
    code: str
    community_id: str | None
    """Where they are enrolled, or were last."""
    enrolment_id: str | None
    work_unit_id: str | None


def due_day(kind: MissingKind, *, period: Period, policy: Policy, zone: ZoneInfo) -> date | None:
    """Say on which day they are in time for the last time; None: there is no deadline.

    Args:
        kind: What they miss.
        period: About which is asked; to enrol, the deadline of the year in which it ends counts.
        policy: Has the deadline of enrolling.
        zone: The district's.

    Raises:
        RenewalNotRequired: The policy asks for no renewal.
        InvalidField: It asks for renewal in periods of another kind.
    """
    last_day = day_of(period.ends_at - _INSTANT, zone=zone)
    if kind is MissingKind.NOT_ENROLLED:
        deadline = policy.enrolment_deadline
        return deadline.in_year(last_day.year) if deadline else None
    if kind is MissingKind.NOT_RENEWED:
        if policy.renewal_period is None:
            raise RenewalNotRequired
        if period.kind is not policy.renewal_period:
            wanted = policy.renewal_period.replace("_", "-").lower()
            raise InvalidField(f"Members renew once a {wanted}: name one.", field="period_id")
    return last_day


def days_left(due: date, /, *, now: datetime, zone: ZoneInfo) -> int:
    """Count the days from today; below 0: so many days overdue."""
    return (due - day_of(now, zone=zone)).days
