"""How far a log is kept: the cursor, which is also the lease of whoever moves it."""

from linli.feed.v1.fact_pb2 import Cursor
from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.statements import insert
from services.chassis.tables import cursors


async def read_cursor(connection: AsyncConnection, log: str) -> Cursor:
    """Read the last fact of a log that is kept; an empty cursor before the first."""
    return await _read(connection, _of(log))


async def lock_cursor(connection: AsyncConnection, log: str) -> Cursor:
    """Read it, and let nobody else keep facts of the log until the transaction ends."""
    return await _read(connection, _of(log).with_for_update())


async def move_cursor(
    connection: AsyncConnection, log: str, *, held: Cursor, to: Cursor, dialect: str
) -> bool:
    """Move the cursor, unless it no longer stands where it was read; returns whether it was moved.

    The fact is compared too: after a rejoin the same position of the same log may be another fact.
    """
    start = {"log": log, "log_id": "", "position": 0, "fact_id": ""}
    await connection.execute(insert(cursors, dialect=dialect).on_conflict_do_nothing(), [start])
    moved = await connection.execute(
        update(cursors)
        .where(
            cursors.c.log == log,
            cursors.c.log_id == held.log_id,
            cursors.c.position == held.position,
            cursors.c.fact_id == held.fact_id,
        )
        .values(log_id=to.log_id, position=to.position, fact_id=to.fact_id)
    )
    return bool(moved.rowcount)


def _of(log: str) -> Select[tuple[str, int, str]]:
    return select(cursors.c.log_id, cursors.c.position, cursors.c.fact_id).where(cursors.c.log == log)


async def _read(connection: AsyncConnection, statement: Select[tuple[str, int, str]]) -> Cursor:
    row = (await connection.execute(statement)).one_or_none()
    return Cursor(log_id=row.log_id, position=row.position, fact_id=row.fact_id) if row else Cursor()
