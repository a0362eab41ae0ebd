"""Pulls one log by cursor and keeps its facts: storing cannot fail for domain reasons, so it never sticks."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import grpc
import structlog
from linli.feed.v1.fact_pb2 import Cursor, Fact
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.doorbell import Bell
from services.chassis.facts import dirty, received
from services.chassis.facts.consumer import UNREAD, Consumer
from services.chassis.faults import DatabaseUnavailable
from services.chassis.ids import new_id
from services.chassis.sql.database import Database, RunAgain
from services.chassis.sql.statements import insert
from services.chassis.tables import cursors

logger = structlog.get_logger()

FACTS_PER_BATCH = 1_000
POLL_SECONDS = 2.0
LEASE_SECONDS = 3.0
LEASE_POLL_SECONDS = 0.2
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

Pull = Callable[[PullRequest], Awaitable[PullResponse]]


@dataclass(slots=True, kw_only=True)
class Receiver:
    """Follows one log for one consumer. Any number may run; a lease lets one of them work."""

    consumer: Consumer
    log: str
    database: Database
    pull: Pull
    bell: Bell
    """Rung when the log has news."""
    received: Bell
    """Rung when facts were kept, for whoever computes."""
    owner: str = field(default_factory=new_id)

    async def run(self) -> None:
        """Keep what comes, woken by the bell or once a poll period, until cancelled."""
        while True:
            try:
                has_lease = await self.drain()
            except (grpc.aio.AioRpcError, DatabaseUnavailable, RunAgain) as error:
                self._report(error)
                has_lease = True
            await self.bell.wait(seconds=POLL_SECONDS if has_lease else LEASE_POLL_SECONDS)

    async def drain(self) -> bool:
        """Keep everything there is. Returns False if another process has the lease."""
        while True:
            cursor = await self.database.transact(self._take_lease)
            if cursor is None:
                return False
            request = PullRequest(log=self.log, after=cursor, max_facts=FACTS_PER_BATCH)
            pulled = await self.pull(request)
            caught_up = not pulled.facts or pulled.facts[-1].position >= pulled.head.position
            await self.database.transact(lambda c: self._keep(c, cursor, pulled, last=caught_up))  # noqa: B023
            if pulled.facts:
                self.received.ring()
            if caught_up:
                return True

    async def _take_lease(self, connection: AsyncConnection) -> Cursor | None:
        now = await self.database.now(connection)
        start = {
            "log": self.log,
            "log_id": "",
            "position": 0,
            "fact_id": "",
            "lease_owner": "",
            "lease_until": NEVER,
        }
        await connection.execute(
            insert(cursors, dialect=self.database.dialect).on_conflict_do_nothing(), [start]
        )
        free = or_(cursors.c.lease_owner == self.owner, cursors.c.lease_until < now)
        taken = await connection.execute(
            update(cursors)
            .where(cursors.c.log == self.log, free)
            .values(lease_owner=self.owner, lease_until=now + timedelta(seconds=LEASE_SECONDS))
        )
        if not taken.rowcount:
            return None
        row = (await connection.execute(select(cursors).where(cursors.c.log == self.log))).one()
        return Cursor(log_id=row.log_id, position=row.position, fact_id=row.fact_id)

    async def _keep(
        self, connection: AsyncConnection, cursor: Cursor, pulled: PullResponse, *, last: bool
    ) -> None:
        now = await self.database.now(connection)
        end = pulled.facts[-1] if pulled.facts else None
        # Whoever moved the cursor meanwhile has kept these facts; then nothing of this is stored.
        moved = await connection.execute(
            update(cursors)
            .where(cursors.c.log == self.log, cursors.c.position == cursor.position)
            .values(
                log_id=pulled.head.log_id,
                position=end.position if end else cursor.position,
                fact_id=end.fact_id if end else cursor.fact_id,
                lease_until=NEVER if last else now + timedelta(seconds=LEASE_SECONDS),
            )
        )
        if not moved.rowcount:
            raise RunAgain
        if pulled.facts:
            await self.keep_facts(connection, pulled.facts, now=now)

    async def keep_facts(self, connection: AsyncConnection, facts: Sequence[Fact], *, now: datetime) -> None:
        """Store facts of this log and mark the subjects they touch; any order, any number of times."""
        overtaken = await received.store(connection, self.log, facts, dialect=self.database.dialect)
        touched = [(subject, fact.position) for fact in facts for subject in self.consumer.dirtied_by(fact)]
        # Whom a record named until now and names no longer has to do without it.
        come_at = {fact.record_id: fact.position for fact in reversed(facts)}
        touched += [
            (subject, come_at[fact.record_id])
            for fact in overtaken
            for subject in self.consumer.dirtied_by(fact)
            if not subject.startswith(UNREAD)
        ]
        positions: dict[str, int] = {}
        for subject, position in touched:
            positions[subject] = min(positions.get(subject, position), position)
        await dirty.mark(connection, self.log, positions, now=now, dialect=self.database.dialect)

    def _report(self, error: Exception) -> None:
        details = error.details() if isinstance(error, grpc.aio.AioRpcError) else type(error).__name__
        diverged = (
            isinstance(error, grpc.aio.AioRpcError) and error.code() is grpc.StatusCode.FAILED_PRECONDITION
        )
        report = logger.error if diverged else logger.warning
        report("facts.receiver.waits", consumer=self.consumer.name, log=self.log, error=details)
