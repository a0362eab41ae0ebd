"""Pair work units with communities (结对)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.pairing import Pairing, PairingKind, Pairings, Target
from services.members.domain.unit_faults import PairingExists
from services.members.storage.facts import causes
from services.members.storage.grid_nodes import hold_nodes
from services.members.storage.pairing_facts import of_pairing
from services.members.storage.pairings import insert_pairings, read_pairings_of
from services.members.storage.work_units import hold_current


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePairing:
    """Pair a work unit with a community."""

    work_unit_id: str
    community_id: str
    kind: PairingKind
    targets: tuple[Target, ...]
    """In the order of years."""
    occurred_at: datetime | None

    def pairing(self, *, now: datetime) -> Pairing:
        return Pairing(
            id=new_id(),
            work_unit_id=self.work_unit_id,
            community_id=self.community_id,
            kind=self.kind,
            began_at=occurred(self.occurred_at, now=now),
            targets=self.targets,
            revision=1,
        )


async def create_pairings(work: Work, commands: Sequence[CreatePairing]) -> list[Written | Fault]:
    """Begin pairings, each decided by itself and in order."""
    communities = await hold_nodes(work.connection, [command.community_id for command in commands])
    units = await hold_current(work.connection, {command.work_unit_id for command in commands})
    by_id = {unit.id: unit for unit in units.values()}
    known = await read_pairings_of(work.connection, list(by_id))
    pairings = Pairings(known=known, units=units, communities=communities)
    decided = decide_each(commands, lambda command: pairings.begin(command.pairing(now=work.now)))
    inserted = await insert_pairings(work.connection, accepted(decided))

    def settle(pairing: Pairing) -> Written:
        if pairing.id not in inserted:
            raise PairingExists
        rests_on = causes(by_id[pairing.work_unit_id], communities[pairing.community_id])
        return Written(id=pairing.id, facts=(of_pairing(pairing).make(work, causes=rests_on),))

    return settle_each(decided, settle)
