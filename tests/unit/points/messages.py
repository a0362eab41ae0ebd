"""Messages of `RuleService` with defaults."""

from datetime import datetime

from linli.points.v1 import rule_set_pb2 as pb

from services.chassis.moments import timestamp
from tests.unit.points.factories import NEW_YEAR


def hours_rule(rule_id: str = "hours", *, minutes_max: int = 0) -> pb.Rule:
    """Give a point an hour; with a limit per activity, if one is given."""
    limit = pb.Limit(limit_id=f"{rule_id}-limit", window=pb.LIMIT_WINDOW_ACTIVITY, minutes_max=minutes_max)
    return pb.Rule(
        rule_id=rule_id,
        trigger=pb.TRIGGER_HOURS,
        currency=pb.CURRENCY_MERIT,
        amount=pb.Amount(per_hour_milli=1_000),
        limits=[limit] if minutes_max else [],
    )


def wish_rule(rule_id: str = "wish") -> pb.Rule:
    return pb.Rule(
        rule_id=rule_id,
        trigger=pb.TRIGGER_WISH,
        currency=pb.CURRENCY_MERIT,
        amount=pb.Amount(fixed_milli=2_000),
    )


def document(
    *rules: pb.Rule, name: str = "a", version: int = 1, effective_from: datetime = NEW_YEAR
) -> pb.RuleSetDocument:
    return pb.RuleSetDocument(
        name=name, version=version, effective_from=timestamp(effective_from), rules=rules
    )
