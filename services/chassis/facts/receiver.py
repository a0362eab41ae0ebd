"""Pulls one log by cursor and keeps its facts: storing cannot fail for domain reasons, so it never sticks."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import grpc
import structlog
from linli.feed.v1.fact_pb2 import Cursor, Fact
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse
from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.doorbell import Bell
from services.chassis.facts import dirty, received
from services.chassis.facts.consumer import Consumer
from services.chassis.facts.touched import read_touched
from services.chassis.faults import DatabaseUnavailable
from services.chassis.metrics import declared as metrics
from services.chassis.sql.columns import insert_columns
from services.chassis.sql.database import Database, RunAgain
from services.chassis.tables import cursors

logger = structlog.get_logger()

FACTS_PER_BATCH = 1_000
POLL_SECONDS = 1.8
"""So that, with the computing that follows, a fact shows within two seconds when nobody can ring."""

_CURSOR: Final = select(cursors).where(cursors.c.log == bindparam("log"))
_MOVE: Final = (
    update(cursors)
    .where(
        cursors.c.log == bindparam("of_log"),
        cursors.c.log_id == bindparam("from_log_id"),
        cursors.c.position == bindparam("from_position"),
    )
    .values(log_id=bindparam("to_log_id"), position=bindparam("to_position"), fact_id=bindparam("to_fact_id"))
)

Pull = Callable[[PullRequest], Awaitable[PullResponse]]


@dataclass(slots=True, kw_only=True)
class Receiver:
    """Follows one log for one consumer.

    Any number may run. The cursor is the lease: whoever moves it first has kept the facts, and nothing of
    what the others fetched is stored.
    """

    consumer: Consumer
    log: str
    database: Database
    pull: Pull
    bell: Bell
    """Rung when the log has news."""
    kept: Callable[[], None]
    """Called when facts were kept, to wake whoever computes."""
    is_behind: bool = False
    """The log is known to have more than was fetched."""

    async def run(self) -> None:
        """Keep what comes, woken by the bell or once a poll period, until cancelled."""
        while True:
            try:
                await self.drain()
            except (grpc.aio.AioRpcError, DatabaseUnavailable, RunAgain) as error:
                self.is_behind = False
                self._report(error)
            await self.bell.wait(seconds=POLL_SECONDS)

    async def drain(self) -> None:
        """Keep everything there is."""
        while True:
            async with self.database.read() as connection:
                cursor = await self._read_cursor(connection)
            request = PullRequest(log=self.log, after=cursor, max_facts=FACTS_PER_BATCH)
            pulled = await self.pull(request)
            self.is_behind = bool(pulled.facts) and pulled.facts[-1].position < pulled.head.position
            if not pulled.facts:
                return
            if await self.database.transact(lambda c: self._keep(c, cursor, pulled)):  # noqa: B023
                metrics.RECEIVED_FACTS.labels(self.consumer.name, self.log).inc(len(pulled.facts))
                self.kept()
            if not self.is_behind:
                return

    async def _read_cursor(self, connection: AsyncConnection) -> Cursor:
        row = (await connection.execute(_CURSOR, {"log": self.log})).one_or_none()
        return Cursor(log_id=row.log_id, position=row.position, fact_id=row.fact_id) if row else Cursor()

    async def _keep(self, connection: AsyncConnection, cursor: Cursor, pulled: PullResponse) -> bool:
        """Keep what was pulled after the cursor; False if somebody else moved the cursor meanwhile."""
        if not cursor.position:
            start = {"log": self.log, "log_id": "", "position": 0, "fact_id": ""}
            await insert_columns(connection, cursors, [start], conflict="ignore")
        last = pulled.facts[-1]
        moved = await connection.execute(
            _MOVE,
            {
                "of_log": self.log,
                "from_log_id": cursor.log_id,
                "from_position": cursor.position,
                "to_log_id": pulled.head.log_id,
                "to_position": last.position,
                "to_fact_id": last.fact_id,
            },
        )
        if moved.rowcount:
            now = await self.database.now(connection)
            await self.keep_facts(connection, pulled.facts, now=now)
        return bool(moved.rowcount)

    async def keep_facts(self, connection: AsyncConnection, facts: Sequence[Fact], *, now: datetime) -> None:
        """Store facts of this log and mark the subjects they touch; any order, any number of times."""
        await received.store(connection, self.log, facts)
        positions = await read_touched(connection, self.consumer, self.log, facts)
        await dirty.mark(connection, self.log, positions, now=now)

    def _report(self, error: Exception) -> None:
        details = error.details() if isinstance(error, grpc.aio.AioRpcError) else type(error).__name__
        diverged = (
            isinstance(error, grpc.aio.AioRpcError) and error.code() is grpc.StatusCode.FAILED_PRECONDITION
        )
        report = logger.error if diverged else logger.warning
        report("facts.receiver.waits", consumer=self.consumer.name, log=self.log, error=details)
