"""Reads what decisions about work units rest on, and stores what they made."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.sql.database import RunAgain
from services.chassis.work import Work
from services.members.domain.organisation import Described, Organisation
from services.members.domain.pairing import PairingKind
from services.members.domain.work_unit import ForeignCode, WorkUnit
from services.members.storage.foreign_codes import describe, read_owners, store_foreign_codes
from services.members.storage.hierarchy import read_above
from services.members.storage.organisation_tables import pairings
from services.members.storage.tables import work_units
from services.members.storage.work_units import (
    hold_current,
    insert_work_units,
    lock_work_units,
    read_current,
    update_work_units,
)


async def lock_current(connection: AsyncConnection, asked_ids: Collection[str]) -> dict[str, WorkUnit]:
    """Read the work units that some ids stand for, by the ids asked for, and keep others from changing them.

    Raises:
        RunAgain: One was merged while this waited for it.
    """
    current = await read_current(connection, asked_ids)
    locked = await lock_work_units(connection, {unit.id for unit in current.values()})
    if any(unit.merged_into for unit in locked.values()):
        raise RunAgain
    return {asked_id: locked[unit.id] for asked_id, unit in current.items()}


async def read_organisation(
    connection: AsyncConnection,
    *,
    changing: Mapping[str, WorkUnit],
    parent_ids: Collection[str],
    codes: Collection[str],
    foreign_codes: Collection[ForeignCode],
) -> tuple[Organisation, dict[str, Described]]:
    """Read what decisions rest on; gives the work units that can change as they were, too.

    Args:
        connection: Of a transaction that writes.
        changing: Those that are to change, locked, by the ids asked for.
        parent_ids: Under which some are to hang; they are held.
        codes: That new ones are to have.
        foreign_codes: That some are to have.
    """
    parents = await hold_current(connection, parent_ids)
    named = {**parents, **changing}
    by_id = {unit.id: unit for unit in named.values()}
    before = await describe(connection, list(by_id.values()))
    taken = select(work_units.c.code).where(is_among(work_units.c.code, list(codes)))
    organisation = Organisation(
        described=before,
        stands_for={asked_id: unit.id for asked_id, unit in named.items()},
        above=await read_above(connection, list(by_id)),
        taken_codes=(await connection.execute(taken)).scalars().all() if codes else (),
        foreign=await read_owners(connection, foreign_codes),
        paired_as_social=await _read_paired_as_social(connection, {unit.id for unit in changing.values()}),
    )
    return organisation, before


async def store_organisation(
    work: Work, *, before: Mapping[str, Described], decided: Sequence[Described]
) -> set[str]:
    """Store work units that are new or became otherwise.

    Returns:
        The ids of the new ones whose code another transaction took meanwhile: they were not stored, nor what
        was to change beside them.

    Raises:
        RunAgain: Another transaction took a foreign code meanwhile.
    """
    after = {described.unit.id: described for described in decided}
    new = {id_: described.unit for id_, described in after.items() if id_ not in before}
    # Of two that are new the one may hang under the other: they come in any order, and then get their places.
    placed_later = {id_: unit for id_, unit in new.items() if unit.parent_id in new}
    inserted = await insert_work_units(
        work, [replace(unit, parent_id=None) if id_ in placed_later else unit for id_, unit in new.items()]
    )
    lost = new.keys() - inserted
    changed = [
        described.unit
        for id_, described in after.items()
        if id_ in placed_later or (id_ in before and described.unit != before[id_].unit)
    ]
    await update_work_units(work.connection, [] if lost else changed)
    stored = {id_: described for id_, described in after.items() if id_ not in lost}
    await store_foreign_codes(work.connection, before=before, after=stored)
    return lost


async def _read_paired_as_social(connection: AsyncConnection, work_unit_ids: Collection[str]) -> set[str]:
    statement = select(pairings.c.work_unit_id).where(
        is_among(pairings.c.work_unit_id, list(work_unit_ids)),
        pairings.c.kind == PairingKind.SOCIAL_ORGANISATION,
        pairings.c.ended_at.is_(None),
    )
    return set((await connection.execute(statement)).scalars()) if work_unit_ids else set()
