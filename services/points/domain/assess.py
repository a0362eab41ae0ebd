"""The centre of the product: what the facts of one subject are worth."""

from collections.abc import Iterable
from typing import NamedTuple

from services.points.domain.carried import NOTHING_CARRIED, Carried, Window
from services.points.domain.fact import Fact, in_order
from services.points.domain.rule_set import Currency
from services.points.domain.timeline import Step, Timeline


# A tuple and not a frozen dataclass: there are millions of them, and they cost half.
class Grant(NamedTuple):
    """What one fact is worth under one rule of one version."""

    fact: Fact
    rule_set_id: str
    rule_id: str
    currency: Currency
    counted_minutes: int
    """The fact's minutes that count after the limits; all of them under a fixed amount."""
    wanted_milli: int
    """Without limits."""
    granted_milli: int
    """May be 0: then the limit explains why."""
    limit_id: str = ""
    """The limit that decided the cut: the last, in declared order, that cut deeper than those before it."""


class Assessment(NamedTuple):
    grants: list[Grant]
    """In the order of effective_at, log, record id, name of rule set, declared rule."""
    carried: Carried
    """From here the next facts can be assessed."""


def assess(*, facts: Iterable[Fact], timeline: Timeline) -> list[Grant]:
    """Say what each fact of one subject is worth.

    Args:
        facts: All of one subject, in any order, with duplicates and superseded revisions as they come.
        timeline: The approved rule sets.

    Returns:
        One grant per fact that counts and rule that it triggers, in the order of effective_at and record.
    """
    return fold(facts=facts, timeline=timeline, carried=NOTHING_CARRIED).grants


def fold(*, facts: Iterable[Fact], timeline: Timeline, carried: Carried) -> Assessment:
    """Go on from a state: assess facts that are effective after all those it was carried from.

    Folding twice with the state between equals folding once over everything, wherever the cut lies.
    """
    used_minutes = dict(carried.used_minutes)
    grants = [
        _grant(fact=fact, step=step, used_minutes=used_minutes)
        for fact in in_order(facts=facts)
        for step in timeline.steps(trigger=fact.trigger, at=fact.effective_at)
    ]
    return Assessment(grants, Carried(used_minutes=used_minutes))


def _grant(*, fact: Fact, step: Step, used_minutes: dict[Window, int]) -> Grant:
    """Apply one rule to one fact, and book the minutes that count on its limits."""
    rule_set, rule = step
    counted_minutes, limit_id = fact.minutes, ""
    windows: list[Window] = []
    for limit in rule.limits:
        window = (rule_set.name, limit.limit_id, limit.window_key(fact))
        windows.append(window)
        room_minutes = limit.minutes_max - used_minutes.get(window, 0)
        if counted_minutes > room_minutes:
            # A later version may have lowered the limit below what is used: nothing is left then,
            # and what was granted before stays.
            counted_minutes, limit_id = max(0, room_minutes), limit.limit_id
    for window in windows:
        used_minutes[window] = used_minutes.get(window, 0) + counted_minutes
    wanted_milli = rule.amount.worth_milli(fact.minutes)
    return Grant(
        fact=fact,
        rule_set_id=rule_set.rule_set_id,
        rule_id=rule.rule_id,
        currency=rule.currency,
        counted_minutes=counted_minutes,
        wanted_milli=wanted_milli,
        granted_milli=rule.amount.worth_milli(counted_minutes) if limit_id else wanted_milli,
        limit_id=limit_id,
    )
