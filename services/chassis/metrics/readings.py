"""Reads what only the database and other logs know - positions, lag, what waits - and shows it in gauges.

It asks by itself rather than listen to receivers and appliers: an alarm must not rest on what it watches.
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from linli.feed.v1.fact_pb2 import Cursor
from linli.feed.v1.feed_pb2 import PullRequest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.log import read_head
from services.chassis.facts.pulling import ask
from services.chassis.facts.waiting import applied_positions, count_waiting
from services.chassis.faults import DatabaseUnavailable, LogDiverged, LogUnreachable
from services.chassis.metrics import declared as metrics
from services.chassis.tables import cursors, jobs

if TYPE_CHECKING:
    from services.chassis.frame import Frame

READ_SECONDS: Final = 5.0
"""How often it is read; the meanings in `declared.py` name it."""
ANSWER_SECONDS_MAX: Final = 5.0
"""Database and logs that have not answered by then count as away."""
HEADS_MAX: Final = 1_000
"""How many heads are remembered that are not computed yet; more than an hour of them."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What the service's own database says."""

    head: int
    cursors: Mapping[str, Cursor]
    applied: Mapping[str, int]
    dirty: int
    parked: int
    jobs_open: int


class Readings:
    """Reads for one service of this process."""

    def __init__(self, frame: "Frame") -> None:
        self._frame = frame
        self._heads: dict[str, deque[tuple[float, int]]] = {log: deque() for log in frame.declaration.follows}
        """By log, when it was looked at and what its head was then, oldest first; until that is computed."""
        self._last_heads: dict[str, int] = {}

    async def run(self) -> None:
        """Read every few seconds, until cancelled; never fails."""
        while True:
            try:
                await self.read()
            except Exception:  # the service must not end because nobody can watch it
                logger.exception("metrics.readings.failed", service=self._frame.name)
            await asyncio.sleep(READ_SECONDS)

    async def read(self) -> None:
        """Read once. If the database is away, everything else keeps what it last showed."""
        up = metrics.DATABASE_UP.labels(self._frame.name)
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX), self._frame.database.read() as connection:
                reading = await _read(connection)
        except (DatabaseUnavailable, TimeoutError):
            up.set(0)
            return
        up.set(1)
        self._show(reading)
        await asyncio.gather(*(self._look_at(log, reading) for log in self._heads))

    def _show(self, reading: _Reading) -> None:
        name = self._frame.name
        metrics.LOG_HEAD.labels(name).set(reading.head)
        metrics.APPLIER_DIRTY.labels(name).set(reading.dirty)
        metrics.APPLIER_PARKED.labels(name).set(reading.parked)
        metrics.JOBS_OPEN.labels(name).set(reading.jobs_open)

    async def _look_at(self, log: str, reading: _Reading) -> None:
        """Show how far a followed log is received and computed, and whether it is still the same log."""
        name = self._frame.name
        cursor, applied = reading.cursors.get(log, Cursor()), reading.applied.get(log, 0)
        metrics.CONSUMER_RECEIVED.labels(name, log).set(cursor.position)
        metrics.CONSUMER_APPLIED.labels(name, log).set(applied)
        self._show_complete(log, applied)
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                looked_at = time.time()
                request = PullRequest(log=log, after=cursor, max_facts=1)
                head = (await ask(self._frame.pull, request)).head.position
        except LogDiverged:
            metrics.CONSUMER_LOG_UP.labels(name, log).set(1)
            metrics.CONSUMER_DIVERGED.labels(name, log).set(1)
        except (LogUnreachable, TimeoutError):
            metrics.CONSUMER_LOG_UP.labels(name, log).set(0)
        else:
            metrics.CONSUMER_LOG_UP.labels(name, log).set(1)
            metrics.CONSUMER_DIVERGED.labels(name, log).set(0)
            self._last_heads[log] = head
            if len(self._heads[log]) < HEADS_MAX:
                self._heads[log].append((looked_at, head))
        if log in self._last_heads:
            metrics.CONSUMER_LAG.labels(name, log).set(max(0, self._last_heads[log] - applied))

    def _show_complete(self, log: str, applied: int) -> None:
        heads = self._heads[log]
        while heads and heads[0][1] <= applied:
            metrics.CONSUMER_COMPLETE_UNTIL.labels(self._frame.name, log).set(heads.popleft()[0])


async def _read(connection: AsyncConnection) -> _Reading:
    kept = {
        row.log: Cursor(log_id=row.log_id, position=row.position, fact_id=row.fact_id)
        for row in await connection.execute(select(cursors))
    }
    dirty, parked = await count_waiting(connection)
    return _Reading(
        head=(await read_head(connection)).position,
        cursors=kept,
        applied=await applied_positions(connection),
        dirty=dirty,
        parked=parked,
        jobs_open=(
            await connection.execute(select(func.count()).select_from(jobs).where(jobs.c.open))
        ).scalar_one(),
    )
