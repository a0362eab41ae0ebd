"""Change what work units are called, what they are, and where they hang."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.organisation import Changes, Described
from services.members.storage.facts import of_work_unit
from services.members.storage.hierarchy import lock_hierarchy
from services.members.storage.organisation import lock_current, read_organisation, store_organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateWorkUnit:
    """Change a work unit that still is as it was read."""

    work_unit_id: str
    etag: str
    changes: Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changed:
    became: Described
    is_restated: bool


async def change_work_units(work: Work, commands: Sequence[UpdateWorkUnit]) -> list[Written | Fault]:
    """Change work units, each decided by itself and in order, while they are locked."""
    parents = [command.changes.parent_id for command in commands if command.changes.parent_id is not None]
    if parents:
        await lock_hierarchy(work)
    changing = await lock_current(work.connection, {command.work_unit_id for command in commands})
    organisation, before = await read_organisation(
        work.connection,
        changing=changing,
        parent_ids={parent_id for (parent_id,) in parents if parent_id},
        codes=(),
        foreign_codes={code for command in commands for code in command.changes.foreign_codes or ()},
    )

    def decide(command: UpdateWorkUnit) -> _Changed:
        was = organisation.find(command.work_unit_id)
        became = organisation.change(command.work_unit_id, command.changes, etag=command.etag)
        return _Changed(became=became, is_restated=became is not was)

    decided = decide_each(commands, decide)
    await store_organisation(work, before=before, decided=[each.became for each in accepted(decided)])

    def settle(changed: _Changed) -> Written:
        unit = changed.became.unit
        return Written(id=unit.id, facts=(of_work_unit(unit).make(work),) if changed.is_restated else ())

    return settle_each(decided, settle)
