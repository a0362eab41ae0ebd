"""What a member's grants add up to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.points.domain.assess import Grant
from services.points.domain.fact import RecordKey, Trigger
from services.points.domain.rule_set import Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A member on one table."""

    member_id: str
    score_milli: int
    """Merit, more than 0."""
    wishes_fulfilled: int
    """Wishes that earn points."""
    counted_minutes: int
    """Each record once; where several rules score it, the strictest says how many minutes count."""
    reached_at: datetime
    """When the latest fact happened that still gives points: since then the score stands."""


def standing_of(*, member_id: str, grants: Iterable[Grant]) -> Standing | None:
    """Add up merit; nobody stands without any.

    Other currencies never count: a reward must not pay into the metric that ranks it.
    """
    score_milli = 0
    reached_at: datetime | None = None
    wishes: set[RecordKey] = set()
    minutes: dict[RecordKey, int] = {}
    # In one go: members have hundreds of grants, and each stands on every board.
    for grant in grants:
        if grant.currency is not Currency.MERIT:
            continue
        fact = grant.fact
        counted_minutes = minutes.get(fact.record)
        if counted_minutes is None or grant.counted_minutes < counted_minutes:
            minutes[fact.record] = grant.counted_minutes
        if grant.granted_milli <= 0:
            continue
        score_milli += grant.granted_milli
        if reached_at is None or fact.effective_at > reached_at:
            reached_at = fact.effective_at
        if fact.trigger is Trigger.WISH:
            wishes.add(fact.record)
    if reached_at is None:
        return None
    return Standing(
        member_id=member_id,
        score_milli=score_milli,
        wishes_fulfilled=len(wishes),
        counted_minutes=sum(minutes.values()),
        reached_at=reached_at,
    )
