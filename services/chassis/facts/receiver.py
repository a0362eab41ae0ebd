"""Pulls one log by cursor and keeps its facts: storing cannot fail for domain reasons, so it never sticks."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from linli.feed.v1.fact_pb2 import Cursor, Fact
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.bells import Bell
from services.chassis.facts import dirty, received
from services.chassis.facts.consumer import Consumer
from services.chassis.facts.cursor import move_cursor, read_cursor
from services.chassis.facts.pulling import Pull, ask
from services.chassis.facts.touched import read_touched
from services.chassis.faults import DatabaseUnavailable, LogDiverged, LogUnreachable
from services.chassis.metrics import declared as metrics
from services.chassis.sql.database import Database, RunAgain

logger = structlog.get_logger()

FACTS_PER_BATCH = 1_000
PACE_SECONDS = 0.02
"""Between two looks: what comes meanwhile is kept together; the first fact after a pause, at once."""
POLL_SECONDS = 1.8
"""So that, with the computing that follows, a fact shows within two seconds when nobody can ring."""


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
    _trouble: str = field(default="", init=False)
    """What was last reported: it is said once, not at every look."""

    async def run(self) -> None:
        """Keep what comes, woken by the bell or once a poll period, until cancelled."""
        while True:
            try:
                await self.drain()
            except (LogDiverged, LogUnreachable, DatabaseUnavailable, RunAgain) as error:
                self.is_behind = False
                self._report(error)
            else:
                self._report(None)
            await asyncio.sleep(PACE_SECONDS)
            await self.bell.wait(seconds=POLL_SECONDS)

    async def drain(self) -> None:
        """Keep everything there is.

        Raises:
            LogDiverged: The log does not hold what was kept last. Nothing is changed; a person rejoins it.
            LogUnreachable: It cannot be asked now.
        """
        while True:
            async with self.database.read() as connection:
                cursor = await read_cursor(connection, self.log)
            request = PullRequest(log=self.log, after=cursor, max_facts=FACTS_PER_BATCH)
            pulled = await ask(self.pull, request)
            self.is_behind = bool(pulled.facts) and pulled.facts[-1].position < pulled.head.position
            if not pulled.facts:
                return
            if await self.database.transact(lambda c: self._keep(c, cursor, pulled)):  # noqa: B023
                metrics.RECEIVED_FACTS.labels(self.consumer.name, self.log).inc(len(pulled.facts))
                self.kept()
            if not self.is_behind:
                return

    async def _keep(self, connection: AsyncConnection, cursor: Cursor, pulled: PullResponse) -> bool:
        """Keep what was pulled after the cursor; False if somebody else moved the cursor meanwhile."""
        last = pulled.facts[-1]
        kept = Cursor(log_id=pulled.head.log_id, position=last.position, fact_id=last.fact_id)
        moved = await move_cursor(connection, self.log, held=cursor, to=kept)
        if moved:
            now = await self.database.now(connection)
            await self.keep_facts(connection, pulled.facts, now=now)
        return moved

    async def keep_facts(self, connection: AsyncConnection, facts: Sequence[Fact], *, now: datetime) -> None:
        """Store facts of this log and mark the subjects they touch; any order, any number of times."""
        await received.store(connection, self.log, facts)
        positions = await read_touched(connection, self.consumer, self.log, facts)
        await dirty.mark(connection, self.log, positions, now=now)

    def _report(self, error: Exception | None) -> None:
        """Say what is wrong, or that it is over, when that changes; a person has to mend a divergence."""
        trouble = type(error).__name__ if error else ""
        if trouble == self._trouble:
            return
        self._trouble = trouble
        where = {"consumer": self.consumer.name, "log": self.log}
        if error is None:
            logger.info("facts.receiver.follows", **where)
        elif isinstance(error, LogDiverged):
            logger.error("facts.receiver.diverged", error=str(error), **where)
        else:
            logger.warning("facts.receiver.waits", error=str(error) or trouble, **where)
