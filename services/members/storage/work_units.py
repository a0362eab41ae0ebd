"""Reads and writes work units."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.paging import cut_out
from services.chassis.sql.statements import insert_free
from services.chassis.work import Work
from services.members.domain.register import WorkUnit
from services.members.storage.tables import work_units


async def read_work_units(connection: AsyncConnection, work_unit_ids: Collection[str]) -> dict[str, WorkUnit]:
    """Read work units by id; those that do not exist are left out."""
    statement = select(work_units).where(work_units.c.work_unit_id.in_(set(work_unit_ids)))
    return {row.work_unit_id: _work_unit(row) for row in await connection.execute(statement)}


async def read_work_units_by_code(connection: AsyncConnection, codes: Collection[str]) -> dict[str, WorkUnit]:
    """Read work units by code; those that do not exist are left out."""
    statement = select(work_units).where(is_among(work_units.c.code, set(codes)))
    return {row.code: _work_unit(row) for row in await connection.execute(statement)}


async def list_work_units(connection: AsyncConnection, page: Page) -> Sequence[WorkUnit]:
    """Read work units in the order of their codes; one more than the page holds."""
    statement = cut_out(select(work_units), page, work_units.c.code)
    return [_work_unit(row) for row in await connection.execute(statement)]


async def insert_work_units(work: Work, units: Collection[WorkUnit]) -> set[str]:
    """Insert work units; returns the ids of those whose code was still free."""
    rows = [
        {
            "work_unit_id": unit.id,
            "code": unit.code,
            "name": unit.name,
            "effective_from": unit.effective_from,
            "revision": unit.revision,
        }
        for unit in sorted(units, key=lambda unit: unit.code)
    ]
    return await insert_free(work.connection, work_units.c.work_unit_id, rows)


def _work_unit(row: Any) -> WorkUnit:
    return WorkUnit(
        id=row.work_unit_id,
        code=row.code,
        name=row.name,
        effective_from=row.effective_from,
        revision=row.revision,
    )
