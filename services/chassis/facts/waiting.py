"""Read your writes: wait until facts up to stated positions are received, or computed as well."""

import asyncio
import time
from collections.abc import Mapping
from typing import Final

from linli.feed.v1.write_pb2 import Freshness
from sqlalchemy import CompoundSelect, Select, case, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.call import Call
from services.chassis.faults import InvalidField, NotCaughtUp
from services.chassis.sql.database import Database
from services.chassis.tables import cursors, dirty_positions, dirty_subjects, facts

LOOK_AGAIN_SECONDS = 0.01
ANSWER_SECONDS = 0.2
"""What is kept back of the deadline for saying that it was not reached."""

_RECEIVED: Final = select(cursors.c.log, cursors.c.position)
_WAITING: Final = (
    select(dirty_positions.c.log, func.min(dirty_positions.c.position).label("first"))
    .join(dirty_subjects, dirty_subjects.c.subject == dirty_positions.c.subject)
    .where(dirty_subjects.c.attempts == 0)
    .group_by(dirty_positions.c.log)
    .subquery()
)
_APPLIED: Final = select(
    cursors.c.log,
    case((_WAITING.c.first <= cursors.c.position, _WAITING.c.first - 1), else_=cursors.c.position).label(
        "position"
    ),
).select_from(cursors.outerjoin(_WAITING, _WAITING.c.log == cursors.c.log))
_STATED: Final = select(func.coalesce(func.max(facts.c.position), 0)).scalar_subquery()
"""How far the service's own log goes."""

Positions = Select[tuple[str, int]] | CompoundSelect[tuple[str, int]]
"""Reads (log, position)."""


class Waiting:
    """Knows how far one service has come."""

    def __init__(self, *, database: Database, log: str, follows: tuple[str, ...]) -> None:
        """Prepare.

        Args:
            database: The service's.
            log: Its own log.
            follows: The logs it consumes.
        """
        self.log = log
        self.follows = follows
        stated = select(literal(log).label("log"), _STATED.label("position"))
        self._received = _Looks(database=database, read=union_all(_RECEIVED, stated))
        self._applied = _Looks(database=database, read=union_all(_APPLIED, _applied_of_own(log)))

    async def for_received(self, at_least: Mapping[str, int], call: Call) -> None:
        """Wait until facts up to these positions are kept here.

        Raises:
            NotCaughtUp: The deadline came first.
            InvalidField: The service does not follow such a log.
        """
        await self._wait(at_least, call, self._received)

    async def for_applied(self, at_least: Mapping[str, int], call: Call) -> None:
        """Wait until everything computed here rests on facts up to these positions, but for parked subjects.

        Raises:
            NotCaughtUp: The deadline came first.
            InvalidField: The service does not follow such a log.
        """
        await self._wait(at_least, call, self._applied)

    async def _wait(self, at_least: Mapping[str, int], call: Call, looks: "_Looks") -> None:
        for log in at_least:
            if log != self.log and log not in self.follows:
                raise InvalidField(f"This service does not follow the log {log!r}.", field="at_least")
        while at_least:
            reached = await looks.look()
            missing = {log: position for log, position in at_least.items() if reached.get(log, 0) < position}
            if not missing:
                return
            if call.seconds_left < LOOK_AGAIN_SECONDS + ANSWER_SECONDS:
                at = ", ".join(f"{log} {reached.get(log, 0)}" for log in sorted(missing))
                raise NotCaughtUp(reached=at)
            # At the beats of one clock, so that all who wait look together.
            await asyncio.sleep(LOOK_AGAIN_SECONDS - time.monotonic() % LOOK_AGAIN_SECONDS)


class _Looks:
    """Reads positions; whoever asks while they are being read gets the same answer.

    It may be older than the question, by less than a look takes: then it says too little, never too much,
    since what a caller has seen the end of is in the positions that it waits for.
    """

    def __init__(self, *, database: Database, read: Positions) -> None:
        self._database = database
        self._read = read
        self._running: asyncio.Task[Mapping[str, int]] | None = None

    async def look(self) -> Mapping[str, int]:
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._look())
            # Everybody may have given up before it failed; then its error is of no interest.
            self._running.add_done_callback(lambda look: look.cancelled() or look.exception())
        # Who gives up must not take the others' answer with it.
        return await asyncio.shield(self._running)

    async def _look(self) -> Mapping[str, int]:
        async with self._database.glance() as connection:
            return {row.log: row.position for row in await connection.execute(self._read)}


def _applied_of_own(log: str) -> Positions:
    """Read how far the service's own facts are computed: all of them, but for subjects they marked."""
    first = select(_WAITING.c.first).where(_WAITING.c.log == log).scalar_subquery()
    applied = case((first <= _STATED, first - 1), else_=_STATED)
    return select(literal(log).label("log"), applied.label("position"))


async def received_positions(connection: AsyncConnection) -> dict[str, int]:
    """Read how far each log is kept."""
    return dict((await connection.execute(_RECEIVED)).all())


async def applied_positions(connection: AsyncConnection) -> dict[str, int]:
    """Read how far each log is computed, but for parked subjects."""
    return dict((await connection.execute(_APPLIED)).all())


async def count_waiting(connection: AsyncConnection) -> tuple[int, int]:
    """Count (dirty, parked) subjects."""
    parked = dirty_subjects.c.attempts > 0
    statement = select(parked, func.count()).group_by(parked)
    counted = {bool(is_parked): count for is_parked, count in await connection.execute(statement)}
    return counted.get(False, 0), counted.get(True, 0)


async def read_freshness(database: Database, connection: AsyncConnection) -> Freshness:
    """Say what an answer that is read in this transaction reflects."""
    _, parked = await count_waiting(connection)
    freshness = Freshness(positions=await applied_positions(connection), parked_subjects=parked)
    freshness.read_at.FromDatetime(await database.now(connection))
    return freshness
