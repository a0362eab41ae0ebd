"""What must hold of a ledger that nobody tampered with; every function names the breaches it finds."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from services.points.domain.account import Account, Entry, posting_of_transfer
from services.points.domain.assess import Grant
from services.points.domain.ledger import Posting, Transfer, issued_account, member_account, posting_of
from services.points.domain.rule_set import Currency
from services.points.domain.timeline import Timeline


def breaches_of_account(
    *, member_id: str, currency: Currency, account: Account, entries: Sequence[Entry]
) -> Iterator[str]:
    """Follow the chain of balances of one account.

    Args:
        member_id: Whose account.
        currency: Which of the member's.
        account: As it is stored.
        entries: All of the account, in the order of their versions.
    """
    name = member_account(member_id=member_id, currency=currency)
    sides = {name, issued_account(currency)}
    balance_milli = 0
    for version, entry in enumerate(entries, start=1):
        booked = entry.booked
        if booked.account_version != version:
            yield f"{name} has entry {booked.account_version} in place of {version}"
            return
        if {booked.transfer.from_account, booked.transfer.to_account} != sides:
            yield f"entry {version} of {name} is between other accounts"
        balance_milli += _signed_milli(booked.transfer, of=name)
        if booked.balance_after_milli != balance_milli:
            yield f"{name} holds {booked.balance_after_milli} after entry {version}, not {balance_milli}"
            return
    if account.balance_milli != balance_milli:
        yield f"{name} holds {account.balance_milli}, its entries add up to {balance_milli}"
    if account.version != len(entries):
        yield f"{name} counts {account.version} entries, there are {len(entries)}"


def breaches_of_postings(
    *, member_id: str, entries: Iterable[Entry], grants: Iterable[Grant], timeline: Timeline
) -> Iterator[str]:
    """Hold every entry to what it leads to, and all of them to what is granted now.

    Args:
        member_id: Whose entries.
        entries: All of the member, each account in the order of its versions.
        grants: All that the ledger holds for the member.
        timeline: The approved rule sets; every entry names a rule of one.
    """
    rules = {
        (rule_set.rule_set_id, rule.rule_id) for rule_set in timeline.rule_sets for rule in rule_set.rules
    }
    posted: defaultdict[Posting, int] = defaultdict(int)
    for entry in entries:
        transfer = entry.booked.transfer
        account = member_account(member_id=member_id, currency=transfer.currency)
        posting = posting_of_transfer(transfer)
        posted[posting] += _signed_milli(transfer, of=account)
        place = f"entry {entry.booked.account_version} of {account}"
        if posted[posting] != entry.grant.granted_milli:
            yield f"{place} leads to {posted[posting]} and is explained by {entry.grant.granted_milli}"
        if (transfer.rule_set_id, transfer.rule_id) not in rules:
            yield f"{place} names the rule {transfer.rule_id} that no approved rule set has"
    granted = {posting_of(grant): grant.granted_milli for grant in grants}
    for posting in sorted(granted.keys() | posted.keys()):
        if posted[posting] != granted.get(posting, 0):
            record = posting.record.record_id
            held, due = posted[posting], granted.get(posting, 0)
            yield f"record {record} has {held} in the ledger of {member_id}, the grant is {due}"


def breaches_of_assessment(
    *, member_id: str, held: Iterable[Grant], assessed: Iterable[Grant], account: Account, measured: Account
) -> Iterator[str]:
    """Compare what is held with what facts and rules say now.

    Args:
        member_id: Who was assessed anew.
        held: The grants that are stored.
        assessed: The grants that facts and rules give.
        account: The merit account that is stored.
        measured: The same with the minutes and wishes that the assessed grants count.
    """
    for grant in sorted(set(held) ^ set(assessed)):
        record = grant.fact.record.record_id
        yield f"what rule {grant.rule_id} gives {member_id} for record {record} differs"
    if account != measured:
        yield (
            f"{member_id} counts {account.counted_minutes} minutes and {account.wishes_fulfilled} wishes, "
            f"the facts give {measured.counted_minutes} and {measured.wishes_fulfilled}"
        )


def _signed_milli(transfer: Transfer, *, of: str) -> int:
    return transfer.amount_milli if transfer.to_account == of else -transfer.amount_milli
