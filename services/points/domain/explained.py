"""An entry explained: what it rests on, and what became of it since."""

from dataclasses import dataclass

from services.points.domain.account import Entry
from services.points.domain.assess import Grant
from services.points.domain.explanation import points, sentence
from services.points.domain.ledger import issued_account, posting_of
from services.points.domain.rule_set import Rule, RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    grant: Grant
    """What the fact was worth after the entry; as it is now, if the entry is current."""
    rule_set: RuleSet
    worth_now_milli: int
    """What the fact is worth now, under the entry's rule and version and at its moment."""
    is_current: bool
    """The fact still has the entry's revision and worth."""
    sentence: str

    @property
    def rule(self) -> Rule:
        return next(each for each in self.rule_set.rules if each.rule_id == self.grant.rule_id)


def explain(
    *, entry: Entry, rule_set: RuleSet, grant_now: Grant | None, revision_now: int | None
) -> Explained:
    """Explain an entry, superseded ones included.

    Args:
        entry: Of any age.
        rule_set: The version that it names.
        grant_now: What its record is worth now by the same rule of the same version; None if nothing.
        revision_now: The latest revision of the record; None if its log no longer states it.
    """
    stands_now = grant_now is not None and posting_of(grant_now) == posting_of(entry.grant)
    now = grant_now if stands_now else None
    worth_now_milli = now.granted_milli if now else 0
    is_current = (
        revision_now == entry.booked.transfer.cause_revision and worth_now_milli == entry.grant.granted_milli
    )
    parts = _of_entry(entry, rule_set)
    if revision_now is None:
        parts.append("the log that stated the fact went back to an earlier state and no longer does")
    elif not is_current:
        parts.append(f"corrected since, now worth {points(worth_now_milli)} points")
    return Explained(
        # Where the member belonged that day may be known better by now, and changes no amount.
        grant=now if now and is_current else entry.grant,
        rule_set=rule_set,
        worth_now_milli=worth_now_milli,
        is_current=is_current,
        sentence="; ".join(parts),
    )


def _of_entry(entry: Entry, rule_set: RuleSet) -> list[str]:
    transfer, grant = entry.booked.transfer, entry.grant
    amount = points(transfer.amount_milli)
    if not entry.stands:
        source = f"by rule {grant.rule_id} of {rule_set.name} v{rule_set.version}"
        return [f"the fact no longer earns points {source}", f"{amount} points are taken back"]
    said = [sentence(grant=grant, rule_set=rule_set)]
    if transfer.from_account != issued_account(transfer.currency):
        said.append(f"this entry takes {amount} points back")
    elif transfer.amount_milli != grant.granted_milli:
        said.append(f"this entry adds {amount} of them")
    return said
