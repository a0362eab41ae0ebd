"""Bring in the rows of a file of work units."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.sql.database import RunAgain
from services.chassis.work import Work, Written
from services.members.domain.organisation import Described
from services.members.domain.work_unit import ForeignCode, WorkUnitKind
from services.members.domain.work_unit_rows import WorkUnitRow, WorkUnitRows
from services.members.storage.facts import of_work_unit
from services.members.storage.hierarchy import lock_hierarchy
from services.members.storage.organisation import lock_current, read_organisation, store_organisation
from services.members.storage.work_units import read_ids_by_code


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWorkUnit:
    """A row: add a work unit, or compare it with what is held."""

    code: str
    name: str
    kind: WorkUnitKind | None
    parent_code: str
    foreign_codes: frozenset[ForeignCode]
    occurred_at: datetime | None
    updates: bool

    def row(self, *, now: datetime) -> WorkUnitRow:
        return WorkUnitRow(
            unit_id=new_id(),
            code=self.code,
            name=self.name,
            kind=self.kind,
            parent_code=self.parent_code,
            foreign_codes=self.foreign_codes,
            at=occurred(self.occurred_at, now=now),
            updates=self.updates,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    became: Described
    is_stated: bool
    """It is new, or became otherwise."""


async def import_work_units(work: Work, commands: Sequence[ImportWorkUnit]) -> list[Written | Fault]:
    """Decide rows, each by itself and in order, while the work units that they name are locked."""
    await lock_hierarchy(work)
    codes = {command.code for command in commands} | {each.parent_code for each in commands}
    ids = await read_ids_by_code(work.connection, codes)
    changing = await lock_current(work.connection, set(ids.values()))
    current = {code: changing[id_].id for code, id_ in ids.items()}
    organisation, before = await read_organisation(
        work.connection,
        changing=changing,
        parent_ids=(),
        codes=(),
        foreign_codes={code for command in commands for code in command.foreign_codes},
    )
    rows = WorkUnitRows(
        organisation=organisation,
        ids={code: id_ for code, id_ in ids.items() if current[code] == id_},
        merged={code: current[code] for code, id_ in ids.items() if current[code] != id_},
    )
    stated = {unit_id: described.unit.revision for unit_id, described in before.items()}

    def decide(command: ImportWorkUnit) -> _Outcome:
        became = rows.decide(command.row(now=work.now))
        is_stated = stated.get(became.unit.id) != became.unit.revision
        stated[became.unit.id] = became.unit.revision
        return _Outcome(became=became, is_stated=is_stated)

    decided = decide_each(commands, decide)
    if await store_organisation(work, before=before, decided=[each.became for each in accepted(decided)]):
        # Another transaction took one of the codes meanwhile: now it is known.
        raise RunAgain

    def settle(outcome: _Outcome) -> Written:
        unit = outcome.became.unit
        return Written(id=unit.id, facts=(of_work_unit(unit).make(work),) if outcome.is_stated else ())

    return settle_each(decided, settle)
