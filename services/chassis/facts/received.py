"""A service's own copy of the facts of others: kept as they came, read as they now stand."""

from collections.abc import Collection, Sequence
from typing import Final

from linli.feed.v1.fact_pb2 import Fact
from sqlalchemy import and_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.consumer import subjects_named, type_of
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import insert_columns
from services.chassis.tables import received_facts, received_subjects

# Statements that every write needs are written once: SQLAlchemy takes as long to write one as to run it.
_LATEST: Final = select(received_facts.c.envelope).where(
    received_facts.c.log == bindparam("log"),
    is_among(received_facts.c.record_id, bindparam("record_ids")),
    received_facts.c.latest,
)

_HIGHEST: Final = (
    select(received_facts.c.record_id, func.max(received_facts.c.revision))
    .where(
        received_facts.c.log == bindparam("log"),
        is_among(received_facts.c.record_id, bindparam("record_ids")),
    )
    .group_by(received_facts.c.record_id)
)
_SUBJECTS: Final = select(received_subjects.c.record_id, received_subjects.c.subject).where(
    received_subjects.c.log == bindparam("log"),
    is_among(received_subjects.c.record_id, bindparam("record_ids")),
)
_LATEST_NAMING: Final = (
    select(received_subjects.c.subject, received_facts.c.envelope)
    .join(
        received_facts,
        and_(
            received_facts.c.log == received_subjects.c.log,
            received_facts.c.record_id == received_subjects.c.record_id,
            received_facts.c.latest,
        ),
    )
    .where(is_among(received_subjects.c.subject, bindparam("subjects")))
)
_RECORDS: Final = (
    select(received_subjects.c.subject, func.count())
    .where(is_among(received_subjects.c.subject, bindparam("subjects")))
    .group_by(received_subjects.c.subject)
)


async def store(connection: AsyncConnection, log: str, pulled: Sequence[Fact]) -> None:
    """Keep facts of one log; what is kept already stays as it is.

    The highest revision of a record is marked as the latest, in whatever order revisions come.
    """
    record_ids = sorted({fact.record_id for fact in pulled})
    held = await _highest_revisions(connection, log, record_ids)
    highest = dict(held)
    for fact in pulled:
        highest[fact.record_id] = max(highest.get(fact.record_id, 0), fact.revision)
    superseded = [
        {"of": record, "below": highest[record]} for record in held if highest[record] > held[record]
    ]
    if superseded:
        outdated = and_(
            received_facts.c.log == log,
            received_facts.c.record_id == bindparam("of"),
            received_facts.c.revision < bindparam("below"),
        )
        await connection.execute(update(received_facts).where(outdated).values(latest=False), superseded)
    rows = [
        {
            "log": log,
            "record_id": fact.record_id,
            "revision": fact.revision,
            "position": fact.position,
            "type": type_of(fact),
            "latest": fact.revision == highest[fact.record_id],
            "envelope": fact.SerializeToString(),
        }
        for fact in pulled
    ]
    await insert_columns(connection, received_facts, rows, conflict="ignore")
    named = {(subject, fact.record_id) for fact in pulled for subject in subjects_named(fact)}
    subjects = [{"subject": subject, "log": log, "record_id": record} for subject, record in sorted(named)]
    await insert_columns(connection, received_subjects, subjects, conflict="ignore")


async def _highest_revisions(
    connection: AsyncConnection, log: str, record_ids: Sequence[str]
) -> dict[str, int]:
    found = await connection.execute(_HIGHEST, {"log": log, "record_ids": list(record_ids)})
    return dict(found.all())


async def read_subjects_of(
    connection: AsyncConnection, log: str, record_ids: Collection[str]
) -> list[tuple[str, str]]:
    """Read (record id, subject) of every subject that these records ever named."""
    found = await connection.execute(_SUBJECTS, {"log": log, "record_ids": list(record_ids)})
    return [(record_id, subject) for record_id, subject in found]


async def read_latest_of(connection: AsyncConnection, subjects: Collection[str]) -> dict[str, list[Fact]]:
    """Read, for each subject, the latest facts that name it, in no particular order.

    A record that named the subject once and no longer does is not among them.
    """
    found: dict[str, list[Fact]] = {subject: [] for subject in subjects}
    for subject, envelope in await connection.execute(_LATEST_NAMING, {"subjects": list(found)}):
        fact = Fact.FromString(envelope)
        if subject in subjects_named(fact):
            found[subject].append(fact)
    return found


async def count_records_of(connection: AsyncConnection, subjects: Collection[str]) -> dict[str, int]:
    """Count the records that ever named each of these subjects; those that none named are left out."""
    return dict((await connection.execute(_RECORDS, {"subjects": list(subjects)})).all())


async def read_latest(connection: AsyncConnection, log: str, record_ids: Collection[str]) -> dict[str, Fact]:
    """Read the latest fact of each record that is known here, by record id."""
    found = await connection.execute(_LATEST, {"log": log, "record_ids": list(record_ids)})
    facts = (Fact.FromString(envelope) for envelope in found.scalars())
    return {fact.record_id: fact for fact in facts}


async def read_subjects(
    connection: AsyncConnection, kind: str, *, after: str, subjects_max: int
) -> list[str]:
    """Read the subjects of a kind that facts ever named, in order, after one of them."""
    statement = (
        select(received_subjects.c.subject)
        .where(
            received_subjects.c.subject > after,
            # Not a range of text: how `:` and `;` compare depends on the database's collation.
            received_subjects.c.subject.startswith(f"{kind}:", autoescape=True),
        )
        .distinct()
        .order_by(received_subjects.c.subject)
        .limit(subjects_max)
    )
    return list((await connection.execute(statement)).scalars())
