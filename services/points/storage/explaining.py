"""Reads all that explains an entry."""

from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.received import read_latest
from services.points.domain.explained import Explained, explain
from services.points.storage.entries import StoredEntry
from services.points.storage.grants import read_grant
from services.points.storage.rule_sets import read_rule_sets


async def read_explained(connection: AsyncConnection, kept: StoredEntry) -> Explained:
    """Explain an entry by what this transaction sees."""
    transfer = kept.entry.booked.transfer
    grant_now = await read_grant(connection, member_id=kept.member_id, like=kept.entry.grant)
    facts = await read_latest(connection, transfer.cause.log, [transfer.cause.record_id])
    # A record may be gone: what stated it went back to an earlier state.
    fact = facts.get(transfer.cause.record_id)
    versions = await read_rule_sets(connection, [transfer.rule_set_id])
    return explain(
        entry=kept.entry,
        rule_set=versions[transfer.rule_set_id].rule_set,
        grant_now=grant_now,
        revision_now=fact.revision if fact else None,
    )
