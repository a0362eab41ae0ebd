"""A service's own log of facts: gapless positions in the order of commits."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from linli.feed.v1.fact_pb2 import Cursor, Fact
from sqlalchemy import BigInteger, bindparam, cast, func, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.faults import LogDiverged
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import append_columns
from services.chassis.sql.database import Dialect
from services.chassis.tables import facts, installation

FACTS_PER_PULL_MAX = 1_000
BYTES_PER_PULL_MAX = 3_000_000
"""Leaves room under the largest message."""
LOCKED_IDLE_MS = 2_000
"""A frozen holder of the log's lock stops the log; PostgreSQL ends its session after this long."""
IDLE_SETTING = "idle_in_transaction_session_timeout"
_LOCK: Final = select(
    func.set_config(IDLE_SETTING, str(LOCKED_IDLE_MS), true()),
    func.pg_advisory_xact_lock(bindparam("key", type_=BigInteger)),
)


async def append(connection: AsyncConnection, stated: Sequence[Fact], *, log: str, dialect: Dialect) -> int:
    """Give the facts the next positions; the last statement before the commit.

    Returns:
        The position of the last one; 0 if there is none.

    On PostgreSQL a lock orders the commits; the last position is read in the statement that appends, which
    comes after the lock, so that it sees what the previous holder committed. SQLite has one writer anyway.
    """
    if not stated:
        return 0
    if dialect == "postgresql":
        await connection.execute(_LOCK, {"key": lock_key(log)})
    rows = [
        {
            "position": place,
            "fact_id": fact.fact_id,
            "record_id": fact.record_id,
            "revision": fact.revision,
            "envelope": fact.SerializeToString(),
        }
        for place, fact in enumerate(stated, start=1)
    ]
    return await append_columns(connection, facts.c.position, rows)


def lock_key(log: str) -> int:
    """Name the lock of a log among the advisory locks of a PostgreSQL database."""
    return zlib.crc32(f"linli.log.{log}".encode())


_NEWEST: Final = (
    select(facts.c.position, facts.c.fact_id).order_by(facts.c.position.desc()).limit(1).subquery()
)
_HEAD: Final = select(
    installation.c.log_id,
    func.coalesce(_NEWEST.c.position, 0).label("position"),
    func.coalesce(_NEWEST.c.fact_id, "").label("fact_id"),
).select_from(installation.outerjoin(_NEWEST, true()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some facts of a log and where the log ended when they were read."""

    facts: list[Fact]
    head: Cursor


async def read_head(connection: AsyncConnection) -> Cursor:
    """Read the end of the log."""
    head = (await connection.execute(_HEAD)).one()
    return Cursor(log_id=head.log_id, position=head.position, fact_id=head.fact_id)


async def read_after(connection: AsyncConnection, after: Cursor, *, facts_max: int) -> Page:
    """Read the facts after a cursor, in order.

    Raises:
        LogDiverged: The log does not hold the fact that the cursor names.
    """
    head = await read_head(connection)
    # The fact that the cursor names comes first, to be compared.
    statement = (
        select(facts.c.position, facts.c.fact_id, facts.c.envelope)
        .where(facts.c.position >= after.position)
        .order_by(facts.c.position)
        .limit(facts_max + 1 if after.position else facts_max)
    )
    rows = list(await connection.execute(statement))
    held = rows.pop(0).fact_id if rows and rows[0].position == after.position else ""
    _refuse_divergence(after, head, held=held)
    found: list[Fact] = []
    size = 0
    for row in rows:
        size += len(row.envelope)
        if found and size > BYTES_PER_PULL_MAX:
            break
        fact = Fact.FromString(row.envelope)
        fact.position = row.position
        found.append(fact)
    return Page(facts=found, head=head)


def _refuse_divergence(after: Cursor, head: Cursor, *, held: str) -> None:
    """Compare a cursor with the log: its identity, and the fact that it holds there, if it holds one."""
    if after.log_id and after.log_id != head.log_id:
        raise LogDiverged(expected_log_id=after.log_id, log_id=head.log_id)
    if after.position and held != after.fact_id:
        raise LogDiverged(position=after.position, expected_fact_id=after.fact_id, fact_id=held or "none")


async def read_stated(connection: AsyncConnection, record_ids: Sequence[str]) -> dict[str, list[Fact]]:
    """Read what this log says of records, by record id and in the order of revisions."""
    statement = (
        select(facts.c.envelope)
        .where(is_among(facts.c.record_id, record_ids))
        .order_by(facts.c.record_id, facts.c.revision)
    )
    stated: dict[str, list[Fact]] = {}
    for (envelope,) in await connection.execute(statement):
        fact = Fact.FromString(envelope)
        stated.setdefault(fact.record_id, []).append(fact)
    return stated


async def positions_of(connection: AsyncConnection, fact_ids: Sequence[str]) -> dict[str, int]:
    """Find where facts of this log stand."""
    statement = select(facts.c.fact_id, cast(facts.c.position, BigInteger)).where(
        is_among(facts.c.fact_id, fact_ids)
    )
    return dict((await connection.execute(statement)).all())
