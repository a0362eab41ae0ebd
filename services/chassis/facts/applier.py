"""Computes dirty subjects. Any number of appliers may run; each subject has one at a time."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import structlog
from linli.feed.v1.fact_pb2 import Fact
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.bells import Bell
from services.chassis.facts import dirty, log, received
from services.chassis.facts.consumer import UNREAD, Consumer, FactNotUnderstood
from services.chassis.facts.touched import read_touched
from services.chassis.faults import DatabaseUnavailable
from services.chassis.metrics.bound import measured_batch
from services.chassis.sql.database import Database, RunAgain
from services.chassis.tables import received_facts
from services.chassis.work import Work

logger = structlog.get_logger()

SUBJECTS_PER_BATCH = 400
RECORDS_PER_BATCH = 10_000
"""Of all subjects together: about a second of computing, in which nobody else sees what came of the first."""
POLL_SECONDS = 2.0
PACE_SECONDS = 0.02
"""Between two batches: what comes meanwhile is computed together; the first fact after a pause, at once."""
BACKLOG_SECONDS_MAX = 4.0
"""How long a known backlog may come in before it is computed."""
PRESSED_SECONDS_MAX = 0.2
"""How long more may come where nobody knows of a backlog: points show within half a second."""
BACKLOG_LOOK_SECONDS = 0.05


@dataclass(slots=True, kw_only=True)
class Applier:
    """Computes the dirty subjects of one consumer."""

    consumer: Consumer
    database: Database
    received: Bell
    """Rung when there may be something to compute."""
    stated: Bell
    """Rung when computing stated facts of its own."""
    is_behind: Callable[[], bool] = lambda: False
    """Whether a receiver of this process has more facts to fetch than it has fetched."""
    _is_pressed: bool = False
    """More subjects wait than one batch takes."""

    async def run(self) -> None:
        """Compute what is dirty, woken by the bell or once a poll period, until cancelled."""
        while True:
            await self._let_facts_come(is_pressed=self._is_pressed)
            try:
                worked = await measured_batch(self.apply_some(), service=self.consumer.name)
            except (DatabaseUnavailable, RunAgain) as error:
                logger.warning("facts.applier.waits", consumer=self.consumer.name, error=type(error).__name__)
                worked = 0
            if not worked or not self._is_pressed:
                await asyncio.sleep(PACE_SECONDS)
                # Whoever marks a subject rings, so that a look which would find nothing is spared.
                await self.received.wait(seconds=POLL_SECONDS)

    async def _let_facts_come(self, *, is_pressed: bool) -> None:
        """Wait, not for long, while many facts come in: a subject is computed once for all of them then.

        Args:
            is_pressed: More subjects wait than one batch takes.
        """
        began = time.monotonic()
        are_coming = is_pressed
        while self.is_behind() or are_coming:
            patience = BACKLOG_SECONDS_MAX if self.is_behind() else PRESSED_SECONDS_MAX
            if time.monotonic() - began > patience:
                return
            are_coming = await self.received.wait(seconds=BACKLOG_LOOK_SECONDS)

    async def apply_some(self) -> int:
        """Compute one batch of due subjects; returns how many there were."""
        tried: list[str] = []

        async def batch(connection: AsyncConnection) -> bool:
            work = await self._work(connection)
            taken = await dirty.take(connection, now=work.now, subjects_max=SUBJECTS_PER_BATCH)
            tried[:] = await self._for_one_batch(connection, taken)
            if tried:
                await self._compute(work, tried)
            return bool(work.stated)

        try:
            stated = await self.database.transact(batch)
        except (DatabaseUnavailable, RunAgain):
            raise
        except Exception as error:  # noqa: BLE001 - found out below, one by one
            # One of them cannot be computed; find it, so that only it waits.
            logger.warning("facts.applier.split", consumer=self.consumer.name, error=type(error).__name__)
            for subject in tried:
                await self._apply_alone(subject)
            return len(tried)
        if stated:
            self.stated.ring()
        return len(tried)

    async def _for_one_batch(self, connection: AsyncConnection, taken: list[str]) -> list[str]:
        """Keep as many of the subjects, in their order, as one batch computes; the others stay dirty."""
        records = await received.count_records_of(connection, taken) if taken else {}
        so_far = accumulate(records.get(subject, 0) for subject in taken)
        kept = [subject for subject, count in zip(taken, so_far, strict=True) if count <= RECORDS_PER_BATCH]
        self._is_pressed = len(kept) < len(taken) or len(taken) == SUBJECTS_PER_BATCH
        return kept or taken[:1]

    async def _apply_alone(self, subject: str) -> None:
        async def alone(connection: AsyncConnection) -> bool:
            work = await self._work(connection)
            if await dirty.take_one(connection, subject):
                await self._compute(work, [subject])
            return bool(work.stated)

        try:
            if await self.database.transact(alone):
                self.stated.ring()
        except (DatabaseUnavailable, RunAgain):
            raise
        except Exception as error:  # noqa: BLE001 - parked with its error, visible, retried
            expected = isinstance(error, FactNotUnderstood)
            report = logger.warning if expected else logger.exception
            report(
                "facts.subject.parked",
                consumer=self.consumer.name,
                subject=subject,
                error=type(error).__name__,
            )
            # A database error repeats values of the row; a subject's error must hold no personal data.
            text = (
                type(error).__name__ if isinstance(error, DBAPIError) else f"{type(error).__name__}: {error}"
            )
            await self.database.transact(lambda c: self._park(c, subject, text))

    async def _park(self, connection: AsyncConnection, subject: str, error: str) -> None:
        if await dirty.take_one(connection, subject):
            await dirty.park(connection, subject, error=error, now=await self.database.now(connection))

    async def _compute(self, work: Work, subjects: Sequence[str]) -> None:
        unread = [subject for subject in subjects if subject.startswith(UNREAD)]
        whole_kinds = [subject for subject in subjects if subject.startswith(dirty.ALL)]
        known = [subject for subject in subjects if not subject.startswith((UNREAD, dirty.ALL))]
        for subject in whole_kinds:
            await dirty.spread(work.connection, subject, now=work.now, dialect=work.dialect)
        for subject in unread:
            await self._read_again(work, subject)
        if known:
            await self.consumer.apply(work, known)
        if unread or whole_kinds or work.marked:
            self.received.ring()  # they have marked others, for the next batch
        await dirty.clear(work.connection, subjects)
        await log.append(work.connection, work.stated, log=work.log, dialect=work.dialect)

    async def _read_again(self, work: Work, subject: str) -> None:
        """Mark what a fact touches that could not be read when it came.

        Raises:
            FactNotUnderstood: It still cannot be read.
        """
        log_name, _, record_id = subject.removeprefix(UNREAD).partition("/")
        statement = select(received_facts.c.position, received_facts.c.envelope).where(
            received_facts.c.log == log_name, received_facts.c.record_id == record_id
        )
        facts = [
            _placed(position, envelope) for position, envelope in await work.connection.execute(statement)
        ]
        for fact in facts:
            self.consumer.body_of(fact)
        positions = await read_touched(work.connection, self.consumer, log_name, facts)
        await dirty.mark(work.connection, log_name, positions, now=work.now)

    async def _work(self, connection: AsyncConnection) -> Work:
        now = await self.database.now(connection)
        return Work(connection=connection, now=now, log=self.consumer.name, dialect=self.database.dialect)


def _placed(position: int, envelope: bytes) -> Fact:
    fact = Fact.FromString(envelope)
    fact.position = position
    return fact
