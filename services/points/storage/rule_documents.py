"""The rules of a version as canonical JSON: reading gives what was written, equal rules give equal text."""

import json
from collections.abc import Mapping
from typing import Any, Final

from services.points.domain.amount import Amount, Fixed, PerHour
from services.points.domain.fact import Trigger
from services.points.domain.limit import Limit, LimitWindow
from services.points.domain.rule_set import Currency, Rule

_AMOUNTS: Final[Mapping[str, type[Amount]]] = {"fixed": Fixed, "per_hour": PerHour}
_KINDS: Final = {kind: name for name, kind in _AMOUNTS.items()}


def to_json(rules: tuple[Rule, ...]) -> str:
    """Write rules down, in their order."""
    return json.dumps([_of_rule(rule) for rule in rules], sort_keys=True, separators=(",", ":"))


def from_json(text: str) -> tuple[Rule, ...]:
    """Read what `to_json` wrote."""
    return tuple(_rule(written) for written in json.loads(text))


def _of_rule(rule: Rule) -> dict[str, Any]:
    return {
        "rule_id": rule.rule_id,
        "trigger": rule.trigger,
        "currency": rule.currency,
        "amount": {"kind": _KINDS[type(rule.amount)], "milli": rule.amount.milli},
        "limits": [
            {"limit_id": limit.limit_id, "window": limit.window, "minutes_max": limit.minutes_max}
            for limit in rule.limits
        ],
    }


def _rule(written: Mapping[str, Any]) -> Rule:
    amount = written["amount"]
    return Rule(
        rule_id=written["rule_id"],
        trigger=Trigger(written["trigger"]),
        currency=Currency(written["currency"]),
        amount=_AMOUNTS[amount["kind"]](milli=amount["milli"]),
        limits=tuple(
            Limit(
                limit_id=limit["limit_id"],
                window=LimitWindow(limit["window"]),
                minutes_max=limit["minutes_max"],
            )
            for limit in written["limits"]
        ),
    )
