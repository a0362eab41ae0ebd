"""Close work units to which nothing belongs any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.backdating import refuse_unexplained
from services.members.domain.work_unit import WorkUnit
from services.members.domain.work_unit_closing import Closing
from services.members.storage.facts import of_work_unit
from services.members.storage.organisation import lock_current
from services.members.storage.reasons import Reason, keep_reasons
from services.members.storage.work_unit_uses import read_uses
from services.members.storage.work_units import update_work_units


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseWorkUnit:
    """Close a work unit."""

    work_unit_id: str
    occurred_at: datetime | None
    reason: str
    stated_by: str


async def close_work_units(
    work: Work, commands: Sequence[CloseWorkUnit], *, zone: tzinfo
) -> list[Written | Fault]:
    """Close work units, each decided by itself and in order, while they are locked.

    Whoever enters something for one of them holds it, so that it is counted, or waits and finds it closed.
    """
    units = await lock_current(work.connection, {command.work_unit_id for command in commands})
    uses = await read_uses(work.connection, {unit.id for unit in units.values()}, now=work.now)
    closing = Closing(units=units, uses=uses)
    reasons: list[Reason] = []

    def decide(command: CloseWorkUnit) -> WorkUnit:
        at = occurred(command.occurred_at, now=work.now)
        refuse_unexplained(at, reason=command.reason, now=work.now, zone=zone)
        unit = closing.close(command.work_unit_id, at=at)
        reasons.append(
            Reason(
                record_id=unit.id,
                revision=unit.revision,
                reason=command.reason,
                stated_by=command.stated_by,
            )
        )
        return unit

    decided = decide_each(commands, decide)
    await update_work_units(work.connection, accepted(decided))
    await keep_reasons(work, reasons)
    return settle_each(decided, lambda unit: Written(id=unit.id, facts=(of_work_unit(unit).make(work),)))
