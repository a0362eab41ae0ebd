"""Between the messages of `RuleService` and the domain."""

from datetime import UTC, datetime
from typing import Final

from linli.points.v1 import rule_set_pb2 as pb

from services.chassis.call import Call
from services.chassis.faults import InvalidField
from services.chassis.moments import stated_moment, timestamp
from services.points.domain.amount import Amount, Fixed, PerHour
from services.points.domain.fact import Trigger
from services.points.domain.limit import Limit, LimitWindow
from services.points.domain.rule_set import Currency, Rule, RuleSet
from services.points.domain.timeline import RuleSetState
from services.points.storage.rule_sets import StoredRuleSet
from services.points.usecases.approve_rule_sets import ApproveRuleSet
from services.points.usecases.create_rule_sets import DOCUMENT, CreateRuleSet

TRIGGERS: Final = {Trigger.HOURS: pb.TRIGGER_HOURS, Trigger.WISH: pb.TRIGGER_WISH}
CURRENCIES: Final = {Currency.MERIT: pb.CURRENCY_MERIT}
WINDOWS: Final = {LimitWindow.ACTIVITY: pb.LIMIT_WINDOW_ACTIVITY}
STATES: Final = {
    RuleSetState.DRAFT: pb.RULE_SET_STATE_DRAFT,
    RuleSetState.APPROVED: pb.RULE_SET_STATE_APPROVED,
}
_TRIGGERS: Final = {number: trigger for trigger, number in TRIGGERS.items()}
_CURRENCIES: Final = {number: currency for currency, number in CURRENCIES.items()}
_WINDOWS: Final = {number: window for window, number in WINDOWS.items()}

EFFECTIVE_FROM: Final = "effective_from"
EFFECTIVE_BEFORE: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Periods reach no further."""


def create_rule_set(request: pb.CreateRuleSetRequest, call: Call) -> CreateRuleSet:
    """Read a draft.

    Raises:
        InvalidField: Its date is no time, or beyond all reason.
    """
    return CreateRuleSet(document=_rule_set(request.document), created_by=str(call.caller))


def approve_rule_set(request: pb.ApproveRuleSetRequest, call: Call) -> ApproveRuleSet:
    return ApproveRuleSet(rule_set_id=request.rule_set_id, approved_by=str(call.caller))


def rule_set_message(kept: StoredRuleSet) -> pb.RuleSet:
    rule_set = kept.rule_set
    return pb.RuleSet(
        rule_set_id=rule_set.rule_set_id,
        document=pb.RuleSetDocument(
            name=rule_set.name,
            version=rule_set.version,
            effective_from=timestamp(rule_set.effective_from),
            rules=[rule_message(rule) for rule in rule_set.rules],
        ),
        state=STATES[kept.state],
        created_by=kept.created_by,
        approved_by=kept.approved_by,
    )


def rule_message(rule: Rule) -> pb.Rule:
    return pb.Rule(
        rule_id=rule.rule_id,
        trigger=TRIGGERS[rule.trigger],
        currency=CURRENCIES[rule.currency],
        amount=_amount_message(rule.amount),
        limits=[
            pb.Limit(limit_id=each.limit_id, window=WINDOWS[each.window], minutes_max=each.minutes_max)
            for each in rule.limits
        ],
    )


def _rule_set(document: pb.RuleSetDocument) -> RuleSet:
    return RuleSet(
        rule_set_id="",
        name=document.name,
        version=document.version,
        effective_from=_effective_from(document),
        rules=tuple(_rule(each) for each in document.rules),
    )


def _effective_from(document: pb.RuleSetDocument) -> datetime:
    place = f"{DOCUMENT}.{EFFECTIVE_FROM}"
    try:
        moment = stated_moment(document, field=EFFECTIVE_FROM)
    except InvalidField as fault:
        raise InvalidField(fault.message, field=place) from None
    if moment is None or moment >= EFFECTIVE_BEFORE:
        raise InvalidField(f"State a time before {EFFECTIVE_BEFORE:%Y-%m-%d}.", field=place)
    return moment


def _rule(written: pb.Rule) -> Rule:
    return Rule(
        rule_id=written.rule_id,
        trigger=_TRIGGERS[written.trigger],
        currency=_CURRENCIES[written.currency],
        amount=_amount(written.amount),
        limits=tuple(
            Limit(
                limit_id=each.limit_id,
                window=_WINDOWS[each.window],
                minutes_max=each.minutes_max,
            )
            for each in written.limits
        ),
    )


def _amount(written: pb.Amount) -> Amount:
    if written.WhichOneof("amount") == "fixed_milli":
        return Fixed(milli=written.fixed_milli)
    return PerHour(milli=written.per_hour_milli)


def _amount_message(amount: Amount) -> pb.Amount:
    match amount:
        case Fixed(milli=milli):
            return pb.Amount(fixed_milli=milli)
        case PerHour(milli=milli):
            return pb.Amount(per_hour_milli=milli)
