"""Lets a consumer follow a log again that was restored to an earlier state, or replaced.

What only the lost facts said is dropped here as well, in one transaction; whoever they touched is computed
anew, and what the log states instead is received as any news is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from linli.feed.v1.fact_pb2 import Cursor, Fact
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts import dirty
from services.chassis.facts.comparing import Compared, compare, find_common
from services.chassis.facts.consumer import Consumer
from services.chassis.facts.cursor import lock_cursor, move_cursor, read_cursor
from services.chassis.facts.dropping import count_after, drop_after, read_touched_after
from services.chassis.facts.pulling import Pull
from services.chassis.faults import LogNotFollowed, LogReplaced, NotDiverged
from services.chassis.sql.database import Database
from services.chassis.tables import received_facts

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejoined:
    """What a rejoin did, or would do."""

    common: Cursor
    """The last fact that both hold; position 0 if there is none."""
    facts_dropped: int
    records_touched: int
    """Records that lost a revision, or all."""
    subjects_touched: int
    """Subjects that are computed anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejoin:
    """Rejoins one consumer with the logs it follows. Receivers and appliers may run meanwhile."""

    consumer: Consumer
    database: Database
    pull: Pull

    async def run(self, log: str, *, accept_log_id: str = "", dry_run: bool = False) -> Rejoined:
        """Go back to the last fact that log and consumer both hold.

        Args:
            log: Which one.
            accept_log_id: The log to follow from its beginning, if it is another than the one that was kept.
            dry_run: Only say what would be done.

        Raises:
            LogNotFollowed: The consumer follows no such log.
            NotDiverged: There is nothing to mend, or somebody else just did.
            LogReplaced: It is another log, and not the one that is accepted.
            LogUnreachable: It cannot be asked now.
        """
        if log not in self.consumer.logs:
            raise LogNotFollowed(log=log, follows=", ".join(self.consumer.logs))
        async with self.database.read() as connection:
            kept = await read_cursor(connection, log)
        compared = await compare(pull=self.pull, log=log, kept=kept)
        _refuse(compared, accept_log_id=accept_log_id)
        common = await find_common(
            pull=self.pull,
            log=log,
            compared=compared,
            read_fact_id=lambda position: self._read_fact_id(log, position),
        )
        if dry_run:
            async with self.database.read() as connection:
                touched = await self._read_touched(connection, log, common)
                return await self._measure(connection, log, common, touched)
        rejoined = await self.database.transact(lambda c: self._go_back(c, log, kept=kept, common=common))
        logger.warning(
            "facts.consumer.rejoined",
            consumer=self.consumer.name,
            log=log,
            log_id=common.log_id,
            common_position=common.position,
            facts_dropped=rejoined.facts_dropped,
        )
        return rejoined

    async def _read_fact_id(self, log: str, position: int) -> str:
        statement = select(received_facts.c.envelope).where(
            received_facts.c.log == log, received_facts.c.position == position
        )
        async with self.database.read() as connection:
            envelope = (await connection.execute(statement)).scalar_one_or_none()
        return Fact.FromString(envelope).fact_id if envelope else ""

    async def _go_back(
        self, connection: AsyncConnection, log: str, *, kept: Cursor, common: Cursor
    ) -> Rejoined:
        # Whoever keeps facts moves the cursor first; from here on that waits for this transaction.
        if await lock_cursor(connection, log) != kept:
            raise NotDiverged("The cursor was moved meanwhile: somebody else has just rejoined this log.")
        # Before anything is dropped: this waits for appliers that compute by what is about to go.
        touched = await self._read_touched(connection, log, common)
        await dirty.mark_back(
            connection,
            log,
            touched,
            position=common.position + 1,
            now=await self.database.now(connection),
        )
        rejoined = await self._measure(connection, log, common, touched)
        await drop_after(connection, log, position=common.position)
        await move_cursor(connection, log, held=kept, to=common)
        return rejoined

    async def _read_touched(self, connection: AsyncConnection, log: str, common: Cursor) -> list[str]:
        return await read_touched_after(connection, self.consumer, log, position=common.position)

    async def _measure(
        self, connection: AsyncConnection, log: str, common: Cursor, touched: Sequence[str]
    ) -> Rejoined:
        facts, records = await count_after(connection, log, position=common.position)
        return Rejoined(
            common=common, facts_dropped=facts, records_touched=records, subjects_touched=len(touched)
        )


def _refuse(compared: Compared, *, accept_log_id: str) -> None:
    if not compared.has_diverged:
        raise NotDiverged
    log_id = compared.head.log_id
    if compared.was_replaced and accept_log_id != log_id:
        raise LogReplaced(
            f"{compared.reason} Rejoining drops every fact that was kept of it; "
            f"name the new one to accept that: {log_id}.",
            field="accept_log_id",
            log_id=log_id,
            kept_log_id=compared.kept.log_id,
        )
