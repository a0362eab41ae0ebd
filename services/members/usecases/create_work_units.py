"""Add work units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.faults import CodeTaken
from services.members.domain.organisation import Described
from services.members.domain.work_unit import ForeignCode, WorkUnit, WorkUnitKind
from services.members.storage.facts import of_work_unit
from services.members.storage.organisation import read_organisation, store_organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateWorkUnit:
    """Add a work unit."""

    code: str
    name: str
    kind: WorkUnitKind | None = None
    parent_id: str | None = None
    foreign_codes: frozenset[ForeignCode] = frozenset()
    occurred_at: datetime | None

    def described(self, *, now: datetime) -> Described:
        unit = WorkUnit(
            id=new_id(),
            code=self.code,
            name=self.name,
            kind=self.kind,
            parent_id=self.parent_id,
            effective_from=occurred(self.occurred_at, now=now),
            revision=1,
        )
        return Described(unit=unit, foreign_codes=self.foreign_codes)


async def create_work_units(work: Work, commands: Sequence[CreateWorkUnit]) -> list[Written | Fault]:
    """Add work units, each decided by itself and in order."""
    organisation, before = await read_organisation(
        work.connection,
        changing={},
        parent_ids={command.parent_id for command in commands if command.parent_id},
        codes=[command.code for command in commands],
        foreign_codes={code for command in commands for code in command.foreign_codes},
    )
    decided = decide_each(commands, lambda command: organisation.add(command.described(now=work.now)))
    lost = await store_organisation(work, before=before, decided=accepted(decided))

    def settle(described: Described) -> Written:
        if described.unit.id in lost:
            raise CodeTaken(field="code")
        return Written(id=described.unit.id, facts=(of_work_unit(described.unit).make(work),))

    return settle_each(decided, settle)
