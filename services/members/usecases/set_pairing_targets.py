"""Say how many deeds pairings should bring in a year."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.pairing import Pairing, Pairings, Target
from services.members.storage.pairing_facts import of_pairing
from services.members.storage.pairings import lock_pairings, update_pairings


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPairingTarget:
    """Set the target of a year."""

    pairing_id: str
    target: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aimed:
    pairing: Pairing
    is_restated: bool


async def set_pairing_targets(work: Work, commands: Sequence[SetPairingTarget]) -> list[Written | Fault]:
    """Set targets, each decided by itself and in order, while the pairings are locked."""
    known = await lock_pairings(work.connection, [command.pairing_id for command in commands])
    pairings = Pairings(known=known.values())
    stated = {pairing.id: pairing.revision for pairing in known.values()}

    def decide(command: SetPairingTarget) -> _Aimed:
        pairing = pairings.aim(command.pairing_id, command.target)
        is_restated = pairing.revision != stated[pairing.id]
        stated[pairing.id] = pairing.revision
        return _Aimed(pairing=pairing, is_restated=is_restated)

    decided = decide_each(commands, decide)
    await update_pairings(work.connection, [each.pairing for each in accepted(decided)])

    def settle(aimed: _Aimed) -> Written:
        pairing = aimed.pairing
        return Written(id=pairing.id, facts=(of_pairing(pairing).make(work),) if aimed.is_restated else ())

    return settle_each(decided, settle)
