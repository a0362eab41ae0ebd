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
    merit = [grant for grant in grants if grant.currency is Currency.MERIT]
    earning = [grant for grant in merit if grant.granted_milli > 0]
    if not earning:
        return None
    minutes: dict[RecordKey, int] = {}
    for grant in merit:
        record = grant.fact.record
        minutes[record] = min(grant.counted_minutes, minutes.get(record, grant.counted_minutes))
    return Standing(
        member_id=member_id,
        score_milli=sum(grant.granted_milli for grant in earning),
        wishes_fulfilled=len({grant.fact.record for grant in earning if grant.fact.trigger is Trigger.WISH}),
        counted_minutes=sum(minutes.values()),
        reached_at=max(grant.fact.effective_at for grant in earning),
    )
