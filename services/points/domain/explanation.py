"""A grant in one English sentence. Pure formatting: integers only, never a float."""

from services.points.domain.amount import MINUTES_PER_HOUR, Amount, Fixed, PerHour
from services.points.domain.assess import Grant
from services.points.domain.fact import Trigger
from services.points.domain.rule_set import Rule, RuleSet

MILLI_PER_POINT = 1_000


def sentence(*, grant: Grant, rule_set: RuleSet) -> str:
    """Say why a fact has its worth.

    Args:
        grant: What is explained.
        rule_set: The version that granted it; it holds the grant's rule.
    """
    rule = next(each for each in rule_set.rules if each.rule_id == grant.rule_id)
    earned = f"{points(grant.granted_milli)} points {terms(rule.amount)}"
    source = f"by rule {rule.rule_id} of {rule_set.name} v{rule_set.version}"
    return "; ".join([*_of_fact(grant, rule), f"{earned} {source}"])


def points(milli: int) -> str:
    """Write milli-points as points: `2.000`."""
    whole, rest = divmod(abs(milli), MILLI_PER_POINT)
    return f"{'-' if milli < 0 else ''}{whole}.{rest:03}"


def duration(minutes: int) -> str:
    """Write minutes as hours and minutes: `2 h 30 min`."""
    hours, rest = divmod(minutes, MINUTES_PER_HOUR)
    parts = [f"{hours} h"] if hours else []
    return " ".join([*parts, f"{rest} min"] if rest or not hours else parts)


def terms(amount: Amount) -> str:
    """Write what an amount pays for."""
    match amount:
        case Fixed(milli=milli):
            return f"at {points(milli)} each"
        case PerHour(milli=milli):
            return f"at {points(milli)} an hour"


def _of_fact(grant: Grant, rule: Rule) -> list[str]:
    match grant.fact.trigger:
        case Trigger.WISH:
            return ["wish fulfilled and confirmed"]
        case Trigger.HOURS:
            confirmed = f"{duration(grant.fact.minutes)} confirmed"
            return [confirmed, f"{duration(grant.counted_minutes)} count{_cut(grant, rule)}"]


def _cut(grant: Grant, rule: Rule) -> str:
    for limit in rule.limits:
        if limit.limit_id == grant.limit_id:
            return f" by limit {limit.limit_id} ({limit.minutes_max} min per {limit.window})"
    return ""
