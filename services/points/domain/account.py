"""A member's account, and the entries that bring it to what the member's grants say."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.points.domain.assess import Grant
from services.points.domain.fact import RecordKey
from services.points.domain.ledger import (
    Booked,
    Posted,
    Posting,
    Transfer,
    book,
    difference,
    member_account,
    posting_of,
)
from services.points.domain.rule_set import Currency
from services.points.domain.standing import standing_of


class Account(NamedTuple):
    """What a member has in one currency."""

    balance_milli: int = 0
    version: int = 0
    """How many entries it has."""
    counted_minutes: int = 0
    """Minutes that count after the rules; of merit only."""
    wishes_fulfilled: int = 0
    """Wishes that earn points; of merit only."""


NOTHING = Account()


class Entry(NamedTuple):
    """A transfer in its place, with what it rests on."""

    booked: Booked
    grant: Grant
    """What the fact is worth after this entry, under its rule and version and at its moment."""
    stands: bool
    """False: nothing is granted there any more, because the fact was withdrawn, moved, or is scored by
    another version now."""


class Settled(NamedTuple):
    entries: list[Entry]
    accounts: dict[Currency, Account]


def settle(
    *,
    member_id: str,
    held: Iterable[Grant],
    grants: Iterable[Grant],
    revisions: Mapping[RecordKey, int],
    accounts: Mapping[Currency, Account],
) -> Settled:
    """Find the entries after which the ledger holds what the grants say, and the accounts after them.

    Args:
        member_id: Whose accounts.
        held: The grants that the ledger holds.
        grants: What the member's facts are worth now, all of it.
        revisions: The latest revision of each record, withdrawn ones included.
        accounts: As the ledger holds them; a currency without entries may be missing.
    """
    held, grants = list(held), list(grants)
    posted = {posting_of(each): Posted(each.granted_milli, each.fact.revision) for each in held}
    transfers = difference(member_id=member_id, grants=grants, posted=posted, revisions=revisions)
    gone = {posting_of(each): each for each in held}
    standing_now = {posting_of(each): each for each in grants}
    entries: list[Entry] = []
    after: dict[Currency, Account] = {}
    for currency in Currency:
        account = accounts.get(currency, NOTHING)
        booked = book(
            transfers=(each for each in transfers if each.currency is currency),
            account=member_account(member_id=member_id, currency=currency),
            balance_milli=account.balance_milli,
            version=account.version,
        )
        entries += [_entry(each, gone=gone, standing_now=standing_now) for each in booked]
        if booked:
            account = account._replace(
                balance_milli=booked[-1].balance_after_milli, version=booked[-1].account_version
            )
        after[currency] = measured(member_id=member_id, currency=currency, account=account, grants=grants)
    return Settled(entries, after)


def measured(*, member_id: str, currency: Currency, account: Account, grants: Iterable[Grant]) -> Account:
    """Give an account with the minutes and wishes that its grants count."""
    standing = standing_of(member_id=member_id, grants=grants) if currency is Currency.MERIT else None
    return account._replace(
        counted_minutes=standing.counted_minutes if standing else 0,
        wishes_fulfilled=standing.wishes_fulfilled if standing else 0,
    )


def posting_of_transfer(transfer: Transfer) -> Posting:
    return Posting(
        transfer.effective_at, transfer.cause, transfer.rule_set_id, transfer.rule_id, transfer.currency
    )


def _entry(booked: Booked, *, gone: Mapping[Posting, Grant], standing_now: Mapping[Posting, Grant]) -> Entry:
    transfer = booked.transfer
    posting = posting_of_transfer(transfer)
    if posting in standing_now:
        return Entry(booked, standing_now[posting], stands=True)
    last = gone[posting]
    nothing = last._replace(
        fact=last.fact._replace(revision=transfer.cause_revision, counts=False),
        counted_minutes=0,
        wanted_milli=0,
        granted_milli=0,
        limit_id="",
    )
    return Entry(booked, nothing, stands=False)
