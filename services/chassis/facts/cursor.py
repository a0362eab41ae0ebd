"""How far a log is kept: the cursor, which is also the lease of whoever moves it."""

from typing import Final

from linli.feed.v1.fact_pb2 import Cursor
from sqlalchemy import Select, bindparam, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.columns import insert_columns
from services.chassis.tables import cursors

HELD_IDLE_MS: Final = 4_000
"""A receiver that is frozen while it holds the cursor is ended by PostgreSQL after this long: others wait."""

# Written once: receivers run these for every look at a log.
_CURSOR: Final = select(cursors.c.log_id, cursors.c.position, cursors.c.fact_id).where(
    cursors.c.log == bindparam("of_log")
)
_LOCK: Final = _CURSOR.with_for_update()
_MOVE: Final = (
    update(cursors)
    .where(
        cursors.c.log == bindparam("of_log"),
        cursors.c.log_id == bindparam("from_log_id"),
        cursors.c.position == bindparam("from_position"),
        cursors.c.fact_id == bindparam("from_fact_id"),
    )
    .values(log_id=bindparam("to_log_id"), position=bindparam("to_position"), fact_id=bindparam("to_fact_id"))
)

_LIMIT: Final = func.set_config("idle_in_transaction_session_timeout", str(HELD_IDLE_MS), true())


async def read_cursor(connection: AsyncConnection, log: str) -> Cursor:
    """Read the last fact of a log that is kept; an empty cursor before the first."""
    return await _read(connection, _CURSOR, log)


async def lock_cursor(connection: AsyncConnection, log: str) -> Cursor:
    """Read it, and let nobody else keep facts of the log until the transaction ends."""
    return await _read(connection, _LOCK, log)


async def move_cursor(connection: AsyncConnection, log: str, *, held: Cursor, to: Cursor) -> bool:
    """Move the cursor, unless it no longer stands where it was read; returns whether it was moved.

    The fact is compared too: after a rejoin the same position of the same log may be another fact.
    """
    if not held.log_id:
        start = {"log": log, "log_id": "", "position": 0, "fact_id": ""}
        await insert_columns(connection, cursors, [start], conflict="ignore")
    move = _MOVE.returning(_LIMIT) if connection.dialect.name == "postgresql" else _MOVE
    moved = await connection.execute(
        move,
        {
            "of_log": log,
            "from_log_id": held.log_id,
            "from_position": held.position,
            "from_fact_id": held.fact_id,
            "to_log_id": to.log_id,
            "to_position": to.position,
            "to_fact_id": to.fact_id,
        },
    )
    return bool(moved.rowcount)


async def _read(connection: AsyncConnection, statement: Select[tuple[str, int, str]], log: str) -> Cursor:
    row = (await connection.execute(statement, {"of_log": log})).one_or_none()
    return Cursor(log_id=row.log_id, position=row.position, fact_id=row.fact_id) if row else Cursor()
