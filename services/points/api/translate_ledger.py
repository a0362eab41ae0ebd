"""From the ledger to the messages of `LedgerService`."""

from linli.points.v1 import ledger_pb2 as pb

from services.chassis.moments import timestamp
from services.points.api.translate_rules import CURRENCIES, TRIGGERS, rule_message
from services.points.domain.account import Account
from services.points.domain.explained import Explained
from services.points.domain.rule_set import Currency
from services.points.storage.entries import StoredEntry


def balance_message(*, member_id: str, currency: Currency, account: Account, earned_milli: int) -> pb.Balance:
    return pb.Balance(
        member_id=member_id,
        currency=CURRENCIES[currency],
        balance_milli=account.balance_milli,
        version=account.version,
        counted_minutes=account.counted_minutes,
        wishes_fulfilled=account.wishes_fulfilled,
        earned_milli=earned_milli,
    )


def entry_message(kept: StoredEntry) -> pb.Entry:
    booked = kept.entry.booked
    transfer = booked.transfer
    return pb.Entry(
        entry_id=kept.entry_id,
        from_account=transfer.from_account,
        to_account=transfer.to_account,
        amount_milli=transfer.amount_milli,
        currency=CURRENCIES[transfer.currency],
        effective_at=timestamp(transfer.effective_at),
        recorded_at=timestamp(kept.recorded_at),
        booked_period_id=kept.booked_period_id,
        balance_after_milli=booked.balance_after_milli,
        account_version=booked.account_version,
        cause_log=transfer.cause.log,
        cause_record_id=transfer.cause.record_id,
        cause_revision=transfer.cause_revision,
        rule_id=transfer.rule_id,
        rule_set_id=transfer.rule_set_id,
    )


def explanation_message(kept: StoredEntry, explained: Explained) -> pb.Explanation:
    grant, rule_set = explained.grant, explained.rule_set
    return pb.Explanation(
        entry=entry_message(kept),
        trigger=TRIGGERS[grant.fact.trigger],
        activity_id=grant.fact.activity_id,
        community_id=grant.fact.community_id,
        confirmed_minutes=grant.fact.minutes,
        counted_minutes=grant.counted_minutes,
        wanted_milli=grant.wanted_milli,
        granted_milli=explained.worth_now_milli,
        limit_id=grant.limit_id,
        rule_set_name=rule_set.name,
        rule_set_version=rule_set.version,
        rule=rule_message(explained.rule),
        current=explained.is_current,
        sentence=explained.sentence,
    )
