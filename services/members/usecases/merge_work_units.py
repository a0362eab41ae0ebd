"""Merge work units that turned out to be one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.sql.database import RunAgain
from services.chassis.work import Work, Written
from services.members.domain.work_unit import WorkUnit, open_unit
from services.members.domain.work_unit_merge import (
    MergedWorkUnits,
    merge,
    refuse_same,
    refuse_too_many,
)
from services.members.storage.facts import causes, of_member, of_work_unit
from services.members.storage.hierarchy import lock_hierarchy, read_above
from services.members.storage.pairing_facts import of_pairing
from services.members.storage.reasons import Reason, keep_reasons
from services.members.storage.role_facts import of_role, of_team
from services.members.storage.work_unit_merges import (
    count_belongings,
    lock_belongings,
    read_belongings,
    store_merged,
)
from services.members.storage.work_units import read_current


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeWorkUnits:
    """Make one of two work units."""

    survivor_id: str
    duplicate_id: str
    reason: str
    occurred_at: datetime | None
    stated_by: str


async def merge_work_units(work: Work, commands: Sequence[MergeWorkUnits]) -> list[Written | Fault]:
    """Merge work units, one pair after the other; a later one sees the effect of an earlier one."""
    await lock_hierarchy(work)
    return [await _try(work, command) for command in commands]


async def plan_merge(
    connection: AsyncConnection, command: MergeWorkUnits, *, now: datetime
) -> MergedWorkUnits:
    """Decide what a merge would change; only reads.

    Raises:
        WorkUnitUnknown, WorkUnitClosed: One of them does not exist, or no longer.
        SameWorkUnit: Both ids stand for one.
        WorkUnitTooLarge: Too much would change.
        AffiliationChangedLater, EndsBeforeStart, WorkUnitKindMismatch: As `merge`.
    """
    survivor, duplicate = await _read_both(connection, command)
    refuse_too_many(await count_belongings(connection, duplicate.id))
    return merge(
        survivor,
        duplicate,
        belongings=await read_belongings(connection, survivor_id=survivor.id, duplicate_id=duplicate.id),
        survivor_hangs_below=duplicate.id in await read_above(connection, [survivor.id]),
        at=occurred(command.occurred_at, now=now),
    )


async def _try(work: Work, command: MergeWorkUnits) -> Written | Fault:
    try:
        survivor, duplicate = await _read_both(work.connection, command)
        refuse_too_many(await count_belongings(work.connection, duplicate.id))
        locked = await lock_belongings(work.connection, survivor_id=survivor.id, duplicate_id=duplicate.id)
        merged = await plan_merge(work.connection, command, now=work.now)
    except Fault as fault:
        return fault
    if any(member.id not in locked for member in merged.members):
        # Somebody came while this waited for others.
        raise RunAgain
    await store_merged(work, merged)
    await keep_reasons(work, [_reason(command, merged)])
    return Written(id=merged.survivor.id, facts=tuple(_state(work, merged)))


async def _read_both(connection: AsyncConnection, command: MergeWorkUnits) -> tuple[WorkUnit, WorkUnit]:
    units = await read_current(connection, {command.survivor_id, command.duplicate_id})
    survivor = open_unit(command.survivor_id, units=units, field="survivor_id")
    duplicate = open_unit(command.duplicate_id, units=units, field="duplicate_id")
    refuse_same(survivor, duplicate)
    return survivor, duplicate


def _reason(command: MergeWorkUnits, merged: MergedWorkUnits) -> Reason:
    gone = merged.duplicate
    return Reason(
        record_id=gone.id, revision=gone.revision, reason=command.reason, stated_by=command.stated_by
    )


def _state(work: Work, merged: MergedWorkUnits) -> list[str]:
    """State all that changed, what it rests on first."""
    units = [merged.survivor, merged.duplicate, *merged.forwarded, *merged.sub_units]
    others = [
        *map(of_member, merged.members),
        *map(of_pairing, merged.pairings),
        *map(of_team, merged.teams),
        *map(of_role, merged.roles),
    ]
    rests_on = causes(merged.duplicate, merged.survivor)
    return [
        *(of_work_unit(unit).make(work) for unit in units),
        *(statement.make(work, causes=rests_on) for statement in others),
    ]
