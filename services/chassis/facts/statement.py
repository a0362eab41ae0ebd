"""What a record says of itself: stated when it changes, and compared with the log when somebody verifies."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from google.protobuf.message import Message
from linli.feed.v1.fact_pb2 import Fact
from sqlalchemy import Column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.consumer import type_of
from services.chassis.jobs.verify import Check, Checked
from services.chassis.moments import moment_of
from services.chassis.tables import facts
from services.chassis.work import Work

RECORDS_PER_CHUNK: Final = 1_000

ReadStatements = Callable[[AsyncConnection, Collection[str]], Awaitable[Mapping[str, "Statement"]]]
"""Reads records by id, as what they say of themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A record as its latest fact must have it. What is read of a row gives the same, for ever."""

    record_id: str
    revision: int
    effective_at: datetime
    subjects: tuple[tuple[str, str], ...]
    """(kind, id) of whom or what it is about."""
    body: Message

    def make(self, work: Work, *, causes: Iterable[tuple[str, str, int]] = ()) -> str:
        """Append the fact, at the commit; causes as `Work.state` has them. Returns its id."""
        return work.state(
            record_id=self.record_id,
            revision=self.revision,
            effective_at=self.effective_at,
            subjects=self.subjects,
            causes=causes,
            body=self.body,
        )

    def is_made_by(self, fact: Fact) -> bool:
        return (
            fact.revision == self.revision
            and moment_of(fact.effective_at) == self.effective_at
            and tuple((subject.kind, subject.id) for subject in fact.subjects) == self.subjects
            and type_of(fact) == self.body.DESCRIPTOR.full_name
            and type(self.body).FromString(fact.body.value) == self.body
        )


def check_statements(*, name: str, key: Column[str], read: ReadStatements) -> Check:
    """Make the check that every row equals the latest fact about it.

    Args:
        name: Of the law, in words.
        key: The primary key of the table, which is the record's id.
        read: Reads the rows.
    """

    async def chunk(connection: AsyncConnection, after: Any) -> Checked:
        statement = select(key).where(key > (after or "")).order_by(key).limit(RECORDS_PER_CHUNK)
        record_ids = list((await connection.execute(statement)).scalars())
        latest = await _read_latest_own(connection, record_ids)
        findings = [
            f"record {record_id} {'differs from its fact' if record_id in latest else 'was never stated'}"
            for record_id, held in (await read(connection, record_ids)).items()
            if record_id not in latest or not held.is_made_by(latest[record_id])
        ]
        is_full = len(record_ids) == RECORDS_PER_CHUNK
        return Checked(compared=len(record_ids), findings=findings, next=record_ids[-1] if is_full else None)

    return Check(name=name, chunk=chunk)


async def _read_latest_own(connection: AsyncConnection, record_ids: Collection[str]) -> dict[str, Fact]:
    statement = (
        select(facts.c.record_id, facts.c.envelope)
        .where(facts.c.record_id.in_(record_ids))
        .order_by(facts.c.revision)
    )
    # Later revisions replace earlier ones.
    newest = dict((await connection.execute(statement)).all())
    return {record_id: Fact.FromString(envelope) for record_id, envelope in newest.items()}
