from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple


class Trigger(StrEnum):
    """Which facts a rule scores."""

    HOURS = "hours"
    WISH = "wish"


class RecordKey(NamedTuple):
    """Names a record in every log there is."""

    log: str
    record_id: str


# A tuple and not a frozen dataclass: there are millions of them, and they cost half.
class Fact(NamedTuple):
    """One revision of one record of one subject, joined with the affiliation of its day."""

    record: RecordKey
    revision: int
    trigger: Trigger
    effective_at: datetime
    counts: bool = True
    """False: withdrawn, a revision worth nothing."""
    minutes: int = 0
    """Confirmed whole minutes, for hours."""
    activity_id: str = ""
    """For hours."""
    community_id: str = ""
    """The member's community at `effective_at`; empty if not enrolled then."""


FOLD_ORDER = attrgetter("effective_at", "record")
"""The order in which facts are assessed; total, because a record comes once."""


def latest(*, facts: Iterable[Fact]) -> dict[RecordKey, Fact]:
    """Keep the highest revision of each record, withdrawn ones included.

    Any order and any number of copies of the same facts give the same answer.
    """
    kept: dict[RecordKey, Fact] = {}
    for fact in facts:
        rival = kept.get(fact.record)
        if rival is None or fact.revision > rival.revision:
            kept[fact.record] = fact
    return kept


def in_order(*, facts: Iterable[Fact]) -> list[Fact]:
    """List the facts that count, each record once, in the order of their assessment."""
    return sorted((fact for fact in latest(facts=facts).values() if fact.counts), key=FOLD_ORDER)
