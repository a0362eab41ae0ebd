"""Reads and writes what other systems call work units."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.sql.columns import delete_rows, insert_columns
from services.chassis.sql.database import RunAgain
from services.members.domain.organisation import Described
from services.members.domain.work_unit import ForeignCode, WorkUnit
from services.members.storage.organisation_tables import foreign_codes


async def describe(connection: AsyncConnection, units: Collection[WorkUnit]) -> dict[str, Described]:
    """Read what other systems call work units, by id."""
    statement = select(foreign_codes).where(
        is_among(foreign_codes.c.work_unit_id, [unit.id for unit in units])
    )
    codes: defaultdict[str, set[ForeignCode]] = defaultdict(set)
    for row in await connection.execute(statement) if units else ():
        codes[row.work_unit_id].add(ForeignCode(system=row.system, code=row.foreign_code))
    return {unit.id: Described(unit=unit, foreign_codes=frozenset(codes[unit.id])) for unit in units}


async def read_owners(connection: AsyncConnection, wanted: Collection[ForeignCode]) -> dict[ForeignCode, str]:
    """Read which work units other systems call so; codes that none has are left out."""
    if not wanted:
        return {}
    # By code alone, which tells nearly as much: the systems are few.
    statement = select(foreign_codes).where(
        is_among(foreign_codes.c.foreign_code, sorted({each.code for each in wanted})),
        is_among(foreign_codes.c.system, sorted({each.system for each in wanted})),
    )
    found = {
        ForeignCode(system=row.system, code=row.foreign_code): row.work_unit_id
        for row in await connection.execute(statement)
    }
    return {each: found[each] for each in wanted if each in found}


async def store_foreign_codes(
    connection: AsyncConnection, *, before: Mapping[str, Described], after: Mapping[str, Described]
) -> None:
    """Store what other systems call work units now; by id, what is in `before` being known.

    Raises:
        RunAgain: Another transaction gave one of the codes away meanwhile.
    """
    held = {
        (code, id_) for id_, described in before.items() if id_ in after for code in described.foreign_codes
    }
    wanted = {(code, id_) for id_, described in after.items() for code in described.foreign_codes}
    await delete_rows(connection, foreign_codes, [(code.system, code.code) for code, _ in held - wanted])
    rows = [
        {"system": code.system, "foreign_code": code.code, "work_unit_id": id_}
        for code, id_ in sorted(wanted - held)
    ]
    inserted = await insert_columns(
        connection, foreign_codes, rows, conflict="ignore", returning=foreign_codes.c.foreign_code
    )
    if len(inserted) < len(rows):
        raise RunAgain


async def count_foreign_codes(connection: AsyncConnection, work_unit_id: str) -> int:
    statement = select(func.count()).where(foreign_codes.c.work_unit_id == work_unit_id)
    return int((await connection.execute(statement)).scalar_one())


async def hand_over_foreign_codes(connection: AsyncConnection, *, of: str, to: str) -> None:
    """Let the foreign codes of a work unit be those of another one."""
    statement = update(foreign_codes).where(foreign_codes.c.work_unit_id == of)
    await connection.execute(statement.values(work_unit_id=to))
