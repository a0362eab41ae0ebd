"""Add work units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.codes import Codes
from services.members.domain.faults import CodeTaken
from services.members.domain.work_unit import WorkUnit
from services.members.storage.codes import read_codes
from services.members.storage.facts import of_work_unit
from services.members.storage.tables import work_units
from services.members.storage.work_units import insert_work_units


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateWorkUnit:
    """Add a work unit."""

    code: str
    name: str
    occurred_at: datetime | None

    def work_unit(self, *, now: datetime) -> WorkUnit:
        return WorkUnit(
            id=new_id(),
            code=self.code,
            name=self.name,
            effective_from=occurred(self.occurred_at, now=now),
            revision=1,
        )


async def create_work_units(work: Work, commands: Sequence[CreateWorkUnit]) -> list[Written | Fault]:
    """Add work units, each decided by itself and in order."""
    codes = await read_codes(work.connection, work_units.c.code, [command.code for command in commands])
    decided = decide_each(commands, lambda command: _add(command.work_unit(now=work.now), codes=codes))
    inserted = await insert_work_units(work, accepted(decided))

    def settle(unit: WorkUnit) -> Written:
        if unit.id not in inserted:
            raise CodeTaken(field="code")
        return Written(id=unit.id, facts=(of_work_unit(unit).make(work),))

    return settle_each(decided, settle)


def _add(unit: WorkUnit, *, codes: Codes) -> WorkUnit:
    codes.take(unit.code)
    return unit
