"""Long work in steps: one transaction each, progress in the job's row, so that a crash costs one step."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.bells import Bell
from services.chassis.facts import log
from services.chassis.faults import DatabaseUnavailable, Fault, ServiceUnreachable
from services.chassis.metrics import declared as metrics
from services.chassis.sql.database import Database, RunAgain
from services.chassis.tables import jobs
from services.chassis.work import Work

logger = structlog.get_logger()

POLL_SECONDS = 2.0
ATTEMPTS_MAX = 5
ERROR_CHARACTERS_MAX = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as a step sees it."""

    id: str
    kind: str
    parameters: Mapping[str, Any]
    cursor: Any
    """What the previous step left, as JSON; None at first."""
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a step brought its job; with a result the job is done."""

    done: int
    total: int
    cursor: Any = None
    result: Mapping[str, Any] | None = None


Step = Callable[[Work, Job], Awaitable[Progress]]
"""Does the next few hundred milliseconds of a job in the transaction it is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering:
    """A step that looks around before its transaction begins.

    What it asks other services for may take seconds, in which a transaction would hold rows, and on SQLite
    everybody who writes. Two runners may gather for the same step; one of them does it, and what the other
    gathered is dropped.
    """

    gather: Callable[[Job], Awaitable[Any]]
    """Reads whatever the step needs. `ServiceUnreachable`: the job waits, however long that takes."""
    step: Callable[[Work, Job, Any], Awaitable[Progress]]
    """Does the step with what was gathered, in the transaction it is given."""


@dataclass(slots=True, kw_only=True)
class JobRunner:
    """Runs the jobs of one service. Any number of runners may run; each job has one at a time."""

    service: str
    database: Database
    steps: Mapping[str, Step | Gathering]
    """By kind of job."""
    asked: Bell
    """Rung when a job was asked for."""
    stated: Bell
    """Rung when a step stated facts."""
    _waits: bool = field(default=False, init=False)
    """Another service does not answer; that is said once, not at every look."""

    async def run(self) -> None:
        """Bring jobs on, woken by the bell or once a poll period, until cancelled."""
        for kind in self.steps:
            metrics.JOBS_GIVEN_UP.labels(self.service, kind)  # seen from 0 on, so that 1 is an increase
        while True:
            try:
                worked = await self.run_step()
            except (DatabaseUnavailable, RunAgain) as error:
                logger.warning("jobs.runner.waits", service=self.service, error=type(error).__name__)
                worked = False
            if not worked:
                await self.asked.wait(seconds=POLL_SECONDS)

    async def run_step(self) -> bool:
        """Do one step of the oldest job that is due. Returns False if there is none."""
        taken: list[Job] = []
        try:
            stated = await self.database.transact(lambda c: self._begin(c, taken))
            step = self.steps[taken[0].kind] if taken else None
            if isinstance(step, Gathering):
                stated = await self._gather_and_step(taken[0], step)
        except (DatabaseUnavailable, RunAgain):
            raise
        except ServiceUnreachable as error:
            why = str(error)
            await self.database.transact(lambda c: self._wait(c, taken[0].id, why))
            self._report(taken[0], error)
        except Exception as error:
            if not taken:
                raise
            logger.exception("jobs.step.failed", service=self.service, job_id=taken[0].id, kind=taken[0].kind)
            text = str(error) if isinstance(error, Fault) else type(error).__name__
            given_up = await self.database.transact(lambda c: self._give_back(c, taken[0].id, text))
            metrics.JOB_FAILED_STEPS.labels(self.service, taken[0].kind).inc()
            metrics.JOBS_GIVEN_UP.labels(self.service, taken[0].kind).inc(given_up)
        else:
            for job in taken:
                metrics.JOB_STEPS.labels(self.service, job.kind).inc()
            if stated:
                self.stated.ring()
        return bool(taken)

    async def _begin(self, connection: AsyncConnection, taken: list[Job]) -> bool:
        """Take the job that is due, and do its step unless it gathers first; says whether it stated facts."""
        now = await self.database.now(connection)
        taken.clear()
        job = await _take(connection, is_due=jobs.c.retry_at <= now)
        if job is None:
            return False
        taken.append(job)
        step = self.steps[job.kind]
        if isinstance(step, Gathering):
            return False
        return await self._do(connection, job, step, now=now)

    async def _gather_and_step(self, job: Job, gathering: Gathering) -> bool:
        """Gather without a transaction, then do the step, unless another runner has done it meanwhile."""
        gathered = await gathering.gather(job)
        self._report(job, None)

        async def step(connection: AsyncConnection) -> bool:
            is_same = (jobs.c.job_id == job.id) & (jobs.c.cursor == _written(job.cursor))
            if await _take(connection, is_due=is_same) is None:
                return False
            now = await self.database.now(connection)
            return await self._do(connection, job, lambda w, j: gathering.step(w, j, gathered), now=now)

        return await self.database.transact(step)

    async def _do(self, connection: AsyncConnection, job: Job, step: Step, *, now: datetime) -> bool:
        work = Work(connection=connection, now=now, log=self.service, dialect=self.database.dialect)
        progress = await step(work, job)
        await _store(connection, job, progress, now=now)
        await log.append(connection, work.stated, log=self.service, dialect=work.dialect)
        return bool(work.stated)

    async def _wait(self, connection: AsyncConnection, job_id: str, error: str) -> None:
        """Look at the job again after a poll period: another service being away is no failure."""
        now = await self.database.now(connection)
        again = {"error": error[:ERROR_CHARACTERS_MAX], "retry_at": now + timedelta(seconds=POLL_SECONDS)}
        await connection.execute(update(jobs).where(jobs.c.job_id == job_id, jobs.c.open).values(again))

    def _report(self, job: Job, error: ServiceUnreachable | None) -> None:
        """Say that another service does not answer, or answers again, when that changes."""
        if bool(error) == self._waits:
            return
        self._waits = bool(error)
        which = {"service": self.service, "kind": job.kind, "job_id": job.id}
        if error is None:
            logger.info("jobs.step.goes_on", **which)
        else:
            logger.warning("jobs.step.waits", error=str(error), **which)

    async def _give_back(self, connection: AsyncConnection, job_id: str, error: str) -> bool:
        """Try the step again later; after a number of attempts give the job up. Returns whether it did."""
        now = await self.database.now(connection)
        statement = select(jobs.c.attempts).where(jobs.c.job_id == job_id)
        attempts: int = (await connection.execute(statement)).scalar_one() + 1
        given_up = attempts >= ATTEMPTS_MAX
        await connection.execute(
            update(jobs)
            .where(jobs.c.job_id == job_id)
            .values(
                attempts=attempts,
                error=error[:ERROR_CHARACTERS_MAX],
                retry_at=now + timedelta(seconds=2**attempts),
                updated_at=now,
                **({"state": "FAILED", "open": False} if given_up else {}),
            )
        )
        return given_up


async def _take(connection: AsyncConnection, *, is_due: ColumnElement[bool]) -> Job | None:
    statement = (
        select(jobs)
        .where(jobs.c.open, is_due)
        .order_by(jobs.c.created_at, jobs.c.job_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    return Job(
        id=row.job_id,
        kind=row.kind,
        parameters=json.loads(row.parameters),
        cursor=json.loads(row.cursor) if row.cursor else None,
        done=row.done,
        total=row.total,
    )


def _written(cursor: Any) -> str:
    return "" if cursor is None else json.dumps(cursor, ensure_ascii=False)


async def _store(connection: AsyncConnection, job: Job, progress: Progress, *, now: datetime) -> None:
    is_done = progress.result is not None
    await connection.execute(
        update(jobs)
        .where(jobs.c.job_id == job.id)
        .values(
            state="DONE" if is_done else "RUNNING",
            open=not is_done,
            done=progress.done,
            total=progress.total,
            cursor=_written(progress.cursor),
            result=json.dumps(progress.result, ensure_ascii=False) if is_done else "",
            error="",
            attempts=0,
            updated_at=now,
        )
    )
