"""From what facts are worth to double-entry transfers.

The ledger holds, per *posting* (record, rule, version of the rule set, currency, effective_at), what was
granted. Facts and rules say what it should hold; the difference is posted. Because the version and the moment
belong to the posting, a fact that moves in time, or that another version scores now, is taken back in full
and issued anew, even where its worth is equal. So every entry names the one rule and version that grants it,
at the moment at which it counts, and the entries of a posting always add up to one grant. A correction that
changes neither (a new revision of equal worth) posts nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from services.points.domain.assess import Grant
from services.points.domain.fact import RecordKey
from services.points.domain.rule_set import Currency


def issued_account(currency: Currency) -> str:
    """Name the contra account that points are issued from and go back to; it has no balance of its own."""
    return f"issued/{currency}"


def member_account(*, member_id: str, currency: Currency) -> str:
    return f"member:{member_id}/{currency}"


class Posting(NamedTuple):
    """What entries add up under. Its order is the order of transfers."""

    effective_at: datetime
    record: RecordKey
    rule_set_id: str
    rule_id: str
    currency: Currency


class Posted(NamedTuple):
    """What the ledger holds under one posting."""

    amount_milli: int
    """Issued less taken back."""
    revision: int
    """The revision of the record that the last entry named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One row of the ledger to be; it balances by construction."""

    from_account: str
    to_account: str
    amount_milli: int
    """More than 0."""
    currency: Currency
    effective_at: datetime
    cause: RecordKey
    cause_revision: int
    rule_set_id: str
    rule_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A transfer with its place in the member's account."""

    transfer: Transfer
    balance_after_milli: int
    account_version: int
    """1, 2, 3 ... per account."""


def difference(
    *,
    member_id: str,
    grants: Iterable[Grant],
    posted: Mapping[Posting, Posted],
    revisions: Mapping[RecordKey, int],
) -> list[Transfer]:
    """Find the transfers after which the ledger holds exactly what the grants say.

    Args:
        member_id: Whose account.
        grants: Everything the member's facts are worth.
        posted: Everything the ledger holds for the member.
        revisions: The latest revision of each record, withdrawn ones included: the cause of what is taken
            back. A record that is not in it keeps the revision it was posted with.

    Returns:
        A positive difference issues, a negative one takes back; in the order of the postings. Nothing
        where ledger and grants agree, so that posting twice posts nothing.
    """
    granted = {posting_of(grant): grant.granted_milli for grant in grants if grant.granted_milli}
    transfers = []
    for posting in sorted(granted.keys() | posted.keys()):
        held = posted.get(posting, Posted(amount_milli=0, revision=0))
        missing_milli = granted.get(posting, 0) - held.amount_milli
        if missing_milli:
            revision = revisions.get(posting.record, held.revision)
            transfers.append(_transfer(member_id, posting, missing_milli, revision))
    return transfers


def posting_of(grant: Grant) -> Posting:
    fact = grant.fact
    return Posting(fact.effective_at, fact.record, grant.rule_set_id, grant.rule_id, grant.currency)


def book(
    *, transfers: Iterable[Transfer], account: str, balance_milli: int, version: int
) -> tuple[Booked, ...]:
    """Go on with an account's chain of balances: one link per transfer, in their order.

    Args:
        transfers: Each to or from the account.
        account: The materialised side.
        balance_milli: What the account holds before.
        version: How many entries it has before.
    """
    booked = []
    for transfer in transfers:
        comes_in = transfer.to_account == account
        balance_milli += transfer.amount_milli if comes_in else -transfer.amount_milli
        version += 1
        booked.append(Booked(transfer=transfer, balance_after_milli=balance_milli, account_version=version))
    return tuple(booked)


def _transfer(member_id: str, posting: Posting, missing_milli: int, revision: int) -> Transfer:
    issued = issued_account(posting.currency)
    account = member_account(member_id=member_id, currency=posting.currency)
    from_account, to_account = (issued, account) if missing_milli > 0 else (account, issued)
    return Transfer(
        from_account=from_account,
        to_account=to_account,
        amount_milli=abs(missing_milli),
        currency=posting.currency,
        effective_at=posting.effective_at,
        cause=posting.record,
        cause_revision=revision,
        rule_set_id=posting.rule_set_id,
        rule_id=posting.rule_id,
    )
