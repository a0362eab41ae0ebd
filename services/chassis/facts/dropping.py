"""Drops received facts from the end of a log on, as if they had never come."""

from collections.abc import Sequence

from linli.feed.v1.fact_pb2 import Fact
from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.consumer import Consumer, subjects_named
from services.chassis.facts.received import read_subjects_of
from services.chassis.sql.derived import delete_rows
from services.chassis.tables import received_facts, received_subjects

RECORDS_PER_ROUND = 1_000


async def count_after(connection: AsyncConnection, log: str, *, position: int) -> tuple[int, int]:
    """Count (facts, records) of a log that are kept after a position."""
    statement = select(func.count(), func.count(received_facts.c.record_id.distinct()))
    facts, records = (await connection.execute(statement.where(_is_after(log, position)))).one()
    return facts, records


async def read_touched_after(
    connection: AsyncConnection, consumer: Consumer, log: str, *, position: int
) -> list[str]:
    """Read whom the records of the facts after a position ever named, as far as they are computed."""
    statement = (
        select(received_subjects.c.subject)
        .where(
            received_subjects.c.log == log, received_subjects.c.record_id.in_(_records_after(log, position))
        )
        .distinct()
    )
    named = (await connection.execute(statement)).scalars()
    return [subject for subject in named if consumer.computes(subject)]


async def drop_after(connection: AsyncConnection, log: str, *, position: int) -> None:
    """Drop the facts after a position; what is left stands as if they had never come.

    The caller keeps receivers out, and has marked whoever must be computed anew.
    """
    await _mark_latest_kept(connection, log, position)
    await _forget_subjects(connection, log, position)
    await connection.execute(delete(received_facts).where(_is_after(log, position)))


async def _mark_latest_kept(connection: AsyncConnection, log: str, position: int) -> None:
    """Mark the highest revision that stays, of every record that loses one."""
    stays = received_facts.alias()
    newest = (
        select(func.max(stays.c.revision))
        .where(
            stays.c.log == log,
            stays.c.record_id == received_facts.c.record_id,
            stays.c.position <= position,
        )
        .correlate(received_facts)
        .scalar_subquery()
    )
    await connection.execute(
        update(received_facts)
        .where(
            received_facts.c.log == log,
            received_facts.c.position <= position,
            received_facts.c.record_id.in_(_records_after(log, position)),
            received_facts.c.revision == newest,
        )
        .values(latest=True)
    )


async def _forget_subjects(connection: AsyncConnection, log: str, position: int) -> None:
    """Forget whom only dropped facts named."""
    # Most records are gone as a whole; those whose earlier revisions stay are looked at one by one.
    stays = received_facts.alias()
    is_kept = exists().where(
        stays.c.log == log,
        stays.c.record_id == received_subjects.c.record_id,
        stays.c.position <= position,
    )
    await connection.execute(
        delete(received_subjects).where(
            received_subjects.c.log == log,
            received_subjects.c.record_id.in_(_records_after(log, position)),
            ~is_kept,
        )
    )
    in_order = (
        select(received_facts.c.record_id)
        .where(
            received_facts.c.log == log,
            received_facts.c.position <= position,
            received_facts.c.record_id.in_(_records_after(log, position)),
        )
        .distinct()
        .order_by(received_facts.c.record_id)
        .limit(RECORDS_PER_ROUND)
    )
    last = ""
    while record_ids := list(
        (await connection.execute(in_order.where(received_facts.c.record_id > last))).scalars()
    ):
        named = await _read_named(connection, log, record_ids, up_to=position)
        held = await read_subjects_of(connection, log, record_ids)
        gone = [(subject, log, record_id) for record_id, subject in held if (record_id, subject) not in named]
        await delete_rows(connection, received_subjects, gone)
        last = record_ids[-1]


async def _read_named(
    connection: AsyncConnection, log: str, record_ids: Sequence[str], *, up_to: int
) -> set[tuple[str, str]]:
    """Read (record id, subject) of whom the facts about these records name that stay."""
    statement = select(received_facts.c.record_id, received_facts.c.envelope).where(
        received_facts.c.log == log,
        received_facts.c.record_id.in_(record_ids),
        received_facts.c.position <= up_to,
    )
    return {
        (record_id, subject)
        for record_id, envelope in await connection.execute(statement)
        for subject in subjects_named(Fact.FromString(envelope))
    }


def _records_after(log: str, position: int) -> Select[tuple[str]]:
    dropped = received_facts.alias()
    return select(dropped.c.record_id).where(dropped.c.log == log, dropped.c.position > position)


def _is_after(log: str, position: int) -> ColumnElement[bool]:
    return and_(received_facts.c.log == log, received_facts.c.position > position)
