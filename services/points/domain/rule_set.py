"""What facts are worth, as data: a rule set (积分管理办法) and what can be wrong with one."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.chassis.faults import Violation
from services.points.domain.amount import AMOUNT_MILLI_MAX, Amount, Fixed, PerHour
from services.points.domain.fact import Trigger
from services.points.domain.faults import DocumentMalformed
from services.points.domain.limit import MINUTES_MAX, Limit


class Currency(StrEnum):
    """What points are for."""

    MERIT = "merit"
    """考核积分: rank and grade; nothing ever spends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way to earn points."""

    rule_id: str
    """Unique in the rule set."""
    trigger: Trigger
    currency: Currency
    amount: Amount
    limits: tuple[Limit, ...] = ()
    """Applied in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """One version: in force from a moment until the next approved version of the same name."""

    rule_set_id: str
    name: str
    version: int
    """1, 2, 3 ... per name."""
    effective_from: datetime
    rules: tuple[Rule, ...]
    """Evaluated in this order; every rule that a fact triggers grants."""


def validate(rule_set: RuleSet) -> None:
    """Find everything that is wrong with a rule set at once.

    Raises:
        DocumentMalformed: Carries each violation with its place, in the order of the document.
    """
    violations = [*_of_head(rule_set), *_of_rules(rule_set)]
    if violations:
        raise DocumentMalformed.several(
            [Violation(place=place, problem=problem) for place, problem in violations]
        )


def _of_head(rule_set: RuleSet) -> Iterator[tuple[str, str]]:
    if not rule_set.name:
        yield ("name", "is missing")
    if rule_set.version < 1:
        yield ("version", f"is {rule_set.version}; versions are 1, 2, 3 ...")
    if rule_set.effective_from.tzinfo is None:
        yield ("effective_from", "names no time zone")
    if not rule_set.rules:
        yield ("rules", "is empty; without a rule nothing is ever worth a point")


def _of_rules(rule_set: RuleSet) -> Iterator[tuple[str, str]]:
    rule_ids: Counter[str] = Counter()
    limit_ids: Counter[str] = Counter()
    for index, rule in enumerate(rule_set.rules):
        place = f"rules[{index}]"
        yield from _of_id(rule.rule_id, seen=rule_ids, place=f"{place}.rule_id")
        yield from _of_amount(rule, place=f"{place}.amount")
        for limit_index, limit in enumerate(rule.limits):
            limit_place = f"{place}.limits[{limit_index}]"
            yield from _of_id(limit.limit_id, seen=limit_ids, place=f"{limit_place}.limit_id")
            yield from _of_limit(rule, limit_index, place=limit_place)


def _of_id(identifier: str, *, seen: Counter[str], place: str) -> Iterator[tuple[str, str]]:
    seen[identifier] += 1
    if not identifier:
        yield (place, "is missing")
    elif seen[identifier] > 1:
        yield (place, f"`{identifier}` is used before; ids are unique in a rule set")


def _of_amount(rule: Rule, *, place: str) -> Iterator[tuple[str, str]]:
    field = "per_hour_milli" if isinstance(rule.amount, PerHour) else "fixed_milli"
    if not 1 <= rule.amount.milli <= AMOUNT_MILLI_MAX:
        problem = f"is {rule.amount.milli}; it lies between 1 and {AMOUNT_MILLI_MAX}"
        yield (f"{place}.{field}", problem)
    if isinstance(rule.amount, PerHour) and rule.trigger is not Trigger.HOURS:
        problem = f"a {rule.trigger} has no minutes; give `fixed_milli`"
        yield (f"{place}.{field}", problem)


def _of_limit(rule: Rule, index: int, *, place: str) -> Iterator[tuple[str, str]]:
    limit = rule.limits[index]
    if not 1 <= limit.minutes_max <= MINUTES_MAX:
        problem = f"is {limit.minutes_max}; it lies between 1 and {MINUTES_MAX}"
        yield (f"{place}.minutes_max", problem)
    if rule.trigger is not Trigger.HOURS:
        problem = f"a {rule.trigger} has no minutes to limit"
        yield (f"{place}.minutes_max", problem)
    elif isinstance(rule.amount, Fixed):
        problem = "a fixed amount does not follow the minutes, so this limit would cut nothing"
        yield (f"{place}.minutes_max", problem)
    if any(earlier.window is limit.window for earlier in rule.limits[:index]):
        problem = f"the rule has a limit per {limit.window} before; only the lower one could ever cut"
        yield (f"{place}.window", problem)
