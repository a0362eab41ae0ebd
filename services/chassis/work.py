"""One transaction of one service, as a use case sees it."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from linli.feed.v1.fact_pb2 import Cause, Fact, Subject
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis import tables
from services.chassis.facts import dirty
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import timestamp
from services.chassis.sql.database import Dialect

Command = TypeVar("Command")

TYPE_PREFIX = "linli"
"""Stands before the type of a fact's body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An accepted command: the record written and the facts that state it, in their order."""

    id: str
    facts: tuple[str, ...] = ()


UseCase = Callable[["Work", Sequence[Command]], Awaitable[list[Written | Fault]]]
"""Decides commands in order, each with its own outcome; a later one sees the effect of an earlier one."""


@dataclass(slots=True, kw_only=True)
class Work:
    """What a use case works with. Whatever it states or starts becomes true at the commit, or not at all."""

    connection: AsyncConnection
    now: datetime
    """The database's clock when the transaction began."""
    log: str
    dialect: Dialect
    stated: list[Fact] = field(default_factory=list)
    jobs_started: bool = False
    marked: bool = False
    """There is something to compute after the commit."""

    def state(
        self,
        *,
        record_id: str,
        revision: int,
        effective_at: datetime,
        subjects: Iterable[tuple[str, str]],
        body: Message,
        causes: Iterable[tuple[str, str, int]] = (),
    ) -> str:
        """Append a fact to the service's log, at the commit.

        Args:
            record_id: The record that is stated.
            revision: 1, 2, 3 ... per record, given under the record's row lock.
            effective_at: When what it states happened.
            subjects: (kind, id) of whom or what it is about.
            body: The record as it now is.
            causes: (log, record id, revision) of what was read to decide it.

        Returns:
            The id of the fact.
        """
        fact = Fact(
            fact_id=new_id(),
            log=self.log,
            record_id=record_id,
            revision=revision,
            subjects=[Subject(kind=kind, id=id_) for kind, id_ in subjects],
            causes=[Cause(log=log, record_id=record, revision=seen) for log, record, seen in causes],
            effective_at=timestamp(effective_at),
            recorded_at=timestamp(self.now),
            body=AnyMessage(
                type_url=f"{TYPE_PREFIX}/{body.DESCRIPTOR.full_name}", value=body.SerializeToString()
            ),
        )
        self.stated.append(fact)
        return fact.fact_id

    async def mark_all(self, kind: str) -> None:
        """Have every known subject of a kind computed anew, after the commit."""
        await dirty.mark_all(self.connection, kind, now=self.now, dialect=self.dialect)
        self.marked = True

    async def mark(self, subjects: Collection[str]) -> None:
        """Have subjects computed anew after the commit, because of facts that this transaction states.

        Whoever waits until those facts are computed waits for them.

        Args:
            subjects: Each as `kind:id`.
        """
        await dirty.mark_own(self.connection, self.log, subjects, now=self.now)
        self.marked = True

    async def pass_on(self, to: Mapping[str, str]) -> None:
        """Have other subjects computed anew for those that are computed in this transaction.

        Args:
            to: From the subject that is computed now to the one that must be computed for it.
        """
        if to:
            await dirty.pass_on(self.connection, to, now=self.now)
            self.marked = True

    async def read_open_jobs(self, *, kind: str) -> list[dict[str, Any]]:
        """Read the parameters of the jobs of a kind that are neither done nor given up."""
        statement = select(tables.jobs.c.parameters).where(tables.jobs.c.kind == kind, tables.jobs.c.open)
        return [json.loads(parameters) for parameters in (await self.connection.execute(statement)).scalars()]

    async def start_job(self, *, kind: str, parameters: dict[str, Any]) -> str:
        """Ask for a job; it begins after the commit. Returns its id."""
        job_id = new_id()
        await self.connection.execute(
            insert(tables.jobs).values(
                job_id=job_id,
                kind=kind,
                parameters=json.dumps(parameters, ensure_ascii=False),
                state="QUEUED",
                open=True,
                done=0,
                total=0,
                cursor="",
                result="",
                error="",
                attempts=0,
                retry_at=self.now,
                created_at=self.now,
                updated_at=self.now,
            )
        )
        self.jobs_started = True
        return job_id


async def others_first() -> None:
    """Let whatever else runs in this process go on.

    Computing one subject takes milliseconds and a batch of them a second, in which calls would get no answer.
    """
    await asyncio.sleep(0)
