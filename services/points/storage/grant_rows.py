"""What `grants` and `entries` both keep of a grant, as columns."""

from typing import Any

from sqlalchemy import Row

from services.points.domain.assess import Grant
from services.points.domain.fact import Fact, RecordKey, Trigger
from services.points.domain.rule_set import Currency

# Looking members up costs a tenth of calling the enumeration, and there are tens of thousands of rows.
_TRIGGERS = {trigger.value: trigger for trigger in Trigger}
CURRENCIES = {currency.value: currency for currency in Currency}


def columns_of(grant: Grant) -> dict[str, Any]:
    fact = grant.fact
    return {
        "log": fact.record.log,
        "record_id": fact.record.record_id,
        "rule_set_id": grant.rule_set_id,
        "rule_id": grant.rule_id,
        "currency": grant.currency,
        "revision": fact.revision,
        "trigger": fact.trigger,
        "effective_at": fact.effective_at,
        "minutes": fact.minutes,
        "activity_id": fact.activity_id,
        "community_id": fact.community_id,
        "counted_minutes": grant.counted_minutes,
        "wanted_milli": grant.wanted_milli,
        "granted_milli": grant.granted_milli,
        "limit_id": grant.limit_id,
    }


def grant_of(row: Row[tuple[object, ...]], *, counts: bool = True) -> Grant:
    fact = Fact(
        record=RecordKey(row.log, row.record_id),
        revision=row.revision,
        trigger=_TRIGGERS[row.trigger],
        effective_at=row.effective_at,
        counts=counts,
        minutes=row.minutes,
        activity_id=row.activity_id,
        community_id=row.community_id,
    )
    return Grant(
        fact=fact,
        rule_set_id=row.rule_set_id,
        rule_id=row.rule_id,
        currency=CURRENCIES[row.currency],
        counted_minutes=row.counted_minutes,
        wanted_milli=row.wanted_milli,
        granted_milli=row.granted_milli,
        limit_id=row.limit_id,
    )
