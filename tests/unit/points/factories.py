"""Values of the points domain with defaults: a test names only what it is about."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from services.points.domain.amount import Amount, Fixed, PerHour
from services.points.domain.assess import Grant
from services.points.domain.board import Place
from services.points.domain.fact import Fact, RecordKey, Trigger
from services.points.domain.limit import Limit, LimitWindow
from services.points.domain.rule_set import Currency, Rule, RuleSet
from services.points.domain.standing import Standing

NEW_YEAR = datetime(2025, 1, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    """Noon of a day of 2025: 1 is the first of January."""
    return NEW_YEAR + timedelta(days=number - 1, hours=12)


def hours(
    record_id: str = "attendance-1",
    *,
    minutes: int = 60,
    at: datetime | None = None,
    activity_id: str = "activity-1",
    community_id: str = "community-1",
    revision: int = 1,
    counts: bool = True,
) -> Fact:
    return Fact(
        record=RecordKey("events", record_id),
        revision=revision,
        trigger=Trigger.HOURS,
        effective_at=at or day(1),
        counts=counts,
        minutes=minutes,
        activity_id=activity_id,
        community_id=community_id,
    )


def wish(
    record_id: str = "wish-1",
    *,
    at: datetime | None = None,
    community_id: str = "community-1",
    revision: int = 1,
    counts: bool = True,
) -> Fact:
    return Fact(
        record=RecordKey("events", record_id),
        revision=revision,
        trigger=Trigger.WISH,
        effective_at=at or day(1),
        counts=counts,
        community_id=community_id,
    )


def per_activity(minutes_max: int = 120, *, limit_id: str = "per-activity") -> Limit:
    return Limit(limit_id=limit_id, window=LimitWindow.ACTIVITY, minutes_max=minutes_max)


def rule(
    rule_id: str = "hours-1",
    *,
    trigger: Trigger = Trigger.HOURS,
    amount: Amount | None = None,
    limits: Iterable[Limit] = (),
) -> Rule:
    return Rule(
        rule_id=rule_id,
        trigger=trigger,
        currency=Currency.MERIT,
        amount=amount or PerHour(milli=1_000),
        limits=tuple(limits),
    )


def hailin_rules(minutes_max: int = 120) -> tuple[Rule, ...]:
    """Give the rules of 海林 (RS-07): a point an hour, at most 2 h an activity; and 2 points a wish."""
    return (
        rule("hours-1", limits=[per_activity(minutes_max)]),
        rule("wish-2", trigger=Trigger.WISH, amount=Fixed(milli=2_000)),
    )


def rule_set(
    *rules: Rule,
    name: str = "hailin-2024",
    version: int = 1,
    effective_from: datetime = NEW_YEAR,
) -> RuleSet:
    return RuleSet(
        rule_set_id=f"{name}-v{version}",
        name=name,
        version=version,
        effective_from=effective_from,
        rules=rules or hailin_rules(),
    )


def grant(fact: Fact | None = None, *, granted_milli: int = 1_000, counted_minutes: int = 60) -> Grant:
    return Grant(
        fact=fact or hours(),
        rule_set_id="hailin-2024-v1",
        rule_id="hours-1",
        currency=Currency.MERIT,
        counted_minutes=counted_minutes,
        wanted_milli=granted_milli,
        granted_milli=granted_milli,
    )


def standing(
    member_id: str,
    score_milli: int = 1_000,
    *,
    wishes_fulfilled: int = 0,
    counted_minutes: int = 0,
    reached_at: datetime = NEW_YEAR,
) -> Standing:
    return Standing(
        member_id=member_id,
        score_milli=score_milli,
        wishes_fulfilled=wishes_fulfilled,
        counted_minutes=counted_minutes,
        reached_at=reached_at,
    )


def places(*numbers: int) -> list[Place]:
    """Lay out places by number: `places(1, 2, 2, 4)`."""
    return [
        Place(place=number, standing=standing(f"member-{index}"))
        for index, number in enumerate(numbers, start=1)
    ]
