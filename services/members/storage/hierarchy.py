"""Reads what stands above and below work units, and has changes of that follow each other."""

import zlib
from collections.abc import Collection
from typing import Final

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.work import Work
from services.members.storage.tables import work_units

_LOCK: Final = select(func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger)))
_KEY: Final = zlib.crc32(b"linli.members.hierarchy")


async def lock_hierarchy(work: Work) -> None:
    """Keep others from moving or merging work units until the transaction ends.

    Two moves that each are right can make a circle together, and two merges of the same in opposite
    directions too; no lock on the rows that each of them touches would tell. On SQLite there is one writer.
    """
    if work.dialect == "postgresql":
        await work.connection.execute(_LOCK, {"key": _KEY})


async def read_above(connection: AsyncConnection, work_unit_ids: Collection[str]) -> dict[str, str | None]:
    """Read the parents of work units, of those, and so on, by id; a union ends even in a circle."""
    if not work_unit_ids:
        return {}
    named = (
        select(work_units.c.work_unit_id, work_units.c.parent_id)
        .where(is_among(work_units.c.work_unit_id, work_unit_ids))
        .cte("above", recursive=True)
    )
    upward = select(work_units.c.work_unit_id, work_units.c.parent_id).join(
        named, work_units.c.work_unit_id == named.c.parent_id
    )
    above = named.union(upward)
    return {row.work_unit_id: row.parent_id for row in await connection.execute(select(above))}


async def read_sub_unit_ids(connection: AsyncConnection, work_unit_id: str) -> list[str]:
    """Read which work units hang directly under one, the closed ones too."""
    statement = select(work_units.c.work_unit_id).where(work_units.c.parent_id == work_unit_id)
    return list((await connection.execute(statement)).scalars())


async def read_forwarded_ids(connection: AsyncConnection, work_unit_id: str) -> list[str]:
    """Read which work units were merged into one."""
    statement = select(work_units.c.work_unit_id).where(work_units.c.merged_into == work_unit_id)
    return list((await connection.execute(statement)).scalars())
