"""Reads and writes work units. The id of one that was merged stands for the one it was merged into."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import update_columns
from services.chassis.sql.database import RunAgain
from services.chassis.sql.paging import cut_out
from services.chassis.sql.statements import insert_free
from services.chassis.work import Work
from services.members.domain.faults import WorkUnitUnknown
from services.members.domain.work_unit import WorkUnit, WorkUnitKind
from services.members.storage.tables import work_units

MERGERS_WAITED_FOR_MAX: Final = 8
"""A work unit that somebody merges while a write waits for it is looked up again, at most so often."""

_asked = work_units.alias("asked")


async def read_work_units(connection: AsyncConnection, work_unit_ids: Collection[str]) -> dict[str, WorkUnit]:
    """Read work units by id, as they are, merged ones too; those that do not exist are left out."""
    statement = select(work_units).where(is_among(work_units.c.work_unit_id, work_unit_ids))
    return {row.work_unit_id: _work_unit(row) for row in await connection.execute(statement)}


async def read_current(connection: AsyncConnection, asked_ids: Collection[str]) -> dict[str, WorkUnit]:
    """Read the work units that some ids stand for, by the ids asked for; for reads.

    Of one that was merged it is the one it was merged into. What does not exist is left out.
    """
    return await _read_current(connection, _current(asked_ids)) if asked_ids else {}


async def read_unit_id(
    connection: AsyncConnection, asked_id: str, *, field: str = "work_unit_id"
) -> str | None:
    """Read which work unit a filter means; an empty one means none.

    Raises:
        WorkUnitUnknown: There is no such work unit.
    """
    if not asked_id:
        return None
    found = await read_current(connection, [asked_id])
    if asked_id not in found:
        raise WorkUnitUnknown(field=field, work_unit_id=asked_id)
    return found[asked_id].id


async def hold_current(connection: AsyncConnection, asked_ids: Collection[str]) -> dict[str, WorkUnit]:
    """Read the work units that some ids stand for, and let nobody merge or close them meanwhile; for writes.

    A write that names work units reads them so, and before it locks members; any number of writes may hold
    the same. Closed ones are found too: `open_unit` refuses them.

    Raises:
        RunAgain: They were merged again and again while this waited for them.
    """
    if not asked_ids:
        return {}
    # Ordered, so that two writes that hold the same wait for each other instead of locking each other out.
    statement = _current(asked_ids).order_by(work_units.c.work_unit_id)
    locking = statement.with_for_update(read=True, of=work_units)
    for _ in range(MERGERS_WAITED_FOR_MAX):
        found = await _read_current(connection, locking)
        if not any(unit.merged_into for unit in found.values()):
            return found
    raise RunAgain


async def lock_work_units(connection: AsyncConnection, work_unit_ids: Collection[str]) -> dict[str, WorkUnit]:
    """Read work units as they are, and keep others from deciding about them until the transaction ends."""
    statement = (
        select(work_units)
        .where(is_among(work_units.c.work_unit_id, work_unit_ids))
        .order_by(work_units.c.work_unit_id)
        # Weaker than FOR UPDATE, and yet nobody who holds them can go on.
        .with_for_update(key_share=True)
    )
    return {row.work_unit_id: _work_unit(row) for row in await connection.execute(statement)}


async def read_ids_by_code(connection: AsyncConnection, codes: Collection[str]) -> dict[str, str]:
    """Read the ids of work units by code, as they are, merged ones too; unknown codes are left out."""
    statement = select(work_units.c.code, work_units.c.work_unit_id)
    found = await connection.execute(statement.where(is_among(work_units.c.code, set(codes))))
    return {row.code: row.work_unit_id for row in found}


async def hold_work_units_by_code(connection: AsyncConnection, codes: Collection[str]) -> dict[str, WorkUnit]:
    """Read the work units that some codes stand for, by the codes asked for, and hold them as `hold_current`.

    Of a merged one that is the one it was merged into. Those that do not exist are left out.
    """
    ids = await read_ids_by_code(connection, codes)
    held = await hold_current(connection, set(ids.values()))
    return {code: held[unit_id] for code, unit_id in ids.items()}


async def list_work_units(
    connection: AsyncConnection,
    page: Page,
    *,
    parent_id: str | None = None,
    kind: WorkUnitKind | None = None,
    open_only: bool = False,
) -> Sequence[WorkUnit]:
    """Read work units that were not merged, in the order of their codes; one more than the page holds.

    Args:
        connection: Reads.
        page: By code.
        parent_id: Only those directly under this one.
        kind: Only of this kind.
        open_only: Only those that exist still.
    """
    statement = cut_out(select(work_units), page, work_units.c.code)
    statement = statement.where(work_units.c.merged_into.is_(None))
    if parent_id is not None:
        statement = statement.where(work_units.c.parent_id == parent_id)
    if kind is not None:
        statement = statement.where(work_units.c.kind == kind)
    if open_only:
        statement = statement.where(work_units.c.closed_at.is_(None))
    return [_work_unit(row) for row in await connection.execute(statement)]


async def insert_work_units(work: Work, units: Collection[WorkUnit]) -> set[str]:
    """Insert work units; returns the ids of those whose code was still free."""
    rows = [
        {"code": unit.code, "effective_from": unit.effective_from, **_changeable(unit)}
        for unit in sorted(units, key=lambda unit: unit.code)
    ]
    return await insert_free(work.connection, work_units.c.work_unit_id, rows)


async def update_work_units(connection: AsyncConnection, changed: Collection[WorkUnit]) -> None:
    """Store what work units, which are locked, have become; of one that changed twice the last counts."""
    latest = {unit.id: unit for unit in changed}
    rows = [_changeable(latest[unit_id]) for unit_id in sorted(latest)]
    await update_columns(connection, work_units.c.work_unit_id, rows)


def _changeable(unit: WorkUnit) -> dict[str, Any]:
    return {
        "work_unit_id": unit.id,
        "name": unit.name,
        "kind": unit.kind,
        "parent_id": unit.parent_id,
        "closed_at": unit.closed_at,
        "merged_into": unit.merged_into,
        "revision": unit.revision,
    }


def _current(asked_ids: Collection[str]) -> Select[Any]:
    # Whoever was merged points at the end of the mergers, so that there is one step to take.
    stands_for = work_units.c.work_unit_id == func.coalesce(_asked.c.merged_into, _asked.c.work_unit_id)
    return (
        select(_asked.c.work_unit_id.label("asked_id"), work_units)
        .join(work_units, stands_for)
        .where(is_among(_asked.c.work_unit_id, asked_ids))
    )


async def _read_current(connection: AsyncConnection, statement: Select[Any]) -> dict[str, WorkUnit]:
    return {row.asked_id: _work_unit(row) for row in await connection.execute(statement)}


def _work_unit(row: Any) -> WorkUnit:
    return WorkUnit(
        id=row.work_unit_id,
        code=row.code,
        name=row.name,
        kind=WorkUnitKind(row.kind) if row.kind else None,
        parent_id=row.parent_id,
        effective_from=row.effective_from,
        closed_at=row.closed_at,
        merged_into=row.merged_into,
        revision=row.revision,
    )
