"""End pairings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.backdating import refuse_unexplained
from services.members.domain.pairing import Pairing, Pairings
from services.members.storage.pairing_facts import of_pairing
from services.members.storage.pairings import lock_pairings, update_pairings
from services.members.storage.reasons import Reason, keep_reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class EndPairing:
    """End an active pairing."""

    pairing_id: str
    occurred_at: datetime | None
    reason: str
    stated_by: str


async def end_pairings(work: Work, commands: Sequence[EndPairing], *, zone: tzinfo) -> list[Written | Fault]:
    """End pairings, each decided by itself and in order, while they are locked."""
    known = await lock_pairings(work.connection, [command.pairing_id for command in commands])
    pairings = Pairings(known=known.values())
    reasons: list[Reason] = []

    def decide(command: EndPairing) -> Pairing:
        at = occurred(command.occurred_at, now=work.now)
        refuse_unexplained(at, reason=command.reason, now=work.now, zone=zone)
        ended = pairings.end(command.pairing_id, at=at)
        reasons.append(
            Reason(
                record_id=ended.id,
                revision=ended.revision,
                reason=command.reason,
                stated_by=command.stated_by,
            )
        )
        return ended

    decided = decide_each(commands, decide)
    await update_pairings(work.connection, accepted(decided))
    await keep_reasons(work, reasons)
    return settle_each(decided, lambda ended: Written(id=ended.id, facts=(of_pairing(ended).make(work),)))
