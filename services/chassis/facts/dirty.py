"""Subjects that wait to be computed, and those that could not be: parked, without expiry."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, case, delete, func, literal, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.sql.columns import insert_columns
from services.chassis.sql.statements import insert
from services.chassis.sql.types import UtcDateTime
from services.chassis.tables import cursors, dirty_positions, dirty_subjects, facts, received_subjects

ALL = "all:"
"""What stands before a kind, in the mark that means every known subject of the kind."""
FIRST_POSITION = 1
RETRY_SECONDS_MAX = 300
ERROR_CHARACTERS_MAX = 500
_TAKE: Final = (
    select(dirty_subjects.c.subject)
    .where(dirty_subjects.c.retry_at <= bindparam("now"))
    .order_by(dirty_subjects.c.retry_at, dirty_subjects.c.subject)
    .limit(bindparam("subjects_max"))
    .with_for_update(skip_locked=True)
)
_CLEAR_POSITIONS: Final = delete(dirty_positions).where(
    is_among(dirty_positions.c.subject, bindparam("subjects"))
)
_CLEAR: Final = delete(dirty_subjects).where(is_among(dirty_subjects.c.subject, bindparam("subjects")))


async def mark(connection: AsyncConnection, log: str, positions: Mapping[str, int], *, now: datetime) -> None:
    """Mark subjects as dirty, each from the first position of the log that touches it.

    A parked subject is tried again, since what it waits for may just have come.
    """
    if not positions:
        return
    await _mark_subjects(connection, sorted(positions), now=now)
    # An earlier mark that nobody has computed yet keeps its lower position.
    rows = [{"subject": s, "log": log, "position": positions[s]} for s in sorted(positions)]
    await insert_columns(connection, dirty_positions, rows, conflict="ignore")


async def _mark_subjects(connection: AsyncConnection, subjects: Sequence[str], *, now: datetime) -> None:
    rows = [{"subject": subject, "attempts": 0, "retry_at": now, "error": ""} for subject in subjects]
    await insert_columns(connection, dirty_subjects, rows, conflict=_due_again)


def _due_again(statement: Any) -> Any:
    """Leave what waits already its place in the line; what is parked is due at once."""
    sooner = case(
        (dirty_subjects.c.attempts > 0, statement.excluded.retry_at), else_=dirty_subjects.c.retry_at
    )
    return statement.on_conflict_do_update(index_elements=["subject"], set_={"retry_at": sooner})


async def mark_back(
    connection: AsyncConnection,
    log: str,
    touched: Collection[str],
    *,
    position: int,
    now: datetime,
) -> None:
    """Mark subjects from a position on, and have tried again whatever waits for a fact from there on.

    A log that went back gives these positions to other facts: no mark may still mean the lost ones.
    """
    statement = select(dirty_positions.c.subject).where(
        dirty_positions.c.log == log, dirty_positions.c.position >= position
    )
    subjects = sorted({*touched, *(await connection.execute(statement)).scalars()})
    if not subjects:
        return
    await _mark_subjects(connection, subjects, now=now)
    rows = [{"subject": subject, "log": log, "position": position} for subject in subjects]
    await insert_columns(connection, dirty_positions, rows, conflict=_earlier)


def _earlier(statement: Any) -> Any:
    """Keep the lower of two positions."""
    lower = case(
        (dirty_positions.c.position > statement.excluded.position, statement.excluded.position),
        else_=dirty_positions.c.position,
    )
    return statement.on_conflict_do_update(index_elements=["subject", "log"], set_={"position": lower})


async def mark_own(
    connection: AsyncConnection, log: str, subjects: Collection[str], *, now: datetime
) -> None:
    """Mark subjects that this service's own facts touch, those which this transaction states.

    Their positions come at the commit and are not known yet: the mark is at the next one, which is theirs
    or an earlier one.
    """
    head = select(func.coalesce(func.max(facts.c.position), 0))
    following = (await connection.execute(head)).scalar_one() + 1
    await mark(connection, log, dict.fromkeys(subjects, following), now=now)


async def pass_on(connection: AsyncConnection, to: Mapping[str, str], *, now: datetime) -> None:
    """Mark subjects from the positions on from which others, taken in this transaction, wait.

    So no position counts as computed in between.

    Args:
        connection: Of the transaction that clears the marks of those others.
        to: From the subject that is computed to the one that must be computed for it.
        now: The database's clock.
    """
    if not to:
        return
    statement = select(dirty_positions.c.subject, dirty_positions.c.log, dirty_positions.c.position)
    first: dict[tuple[str, str], int] = {}
    for subject, log, position in await connection.execute(
        statement.where(is_among(dirty_positions.c.subject, to))
    ):
        place = (to[subject], log)
        first[place] = min(position, first.get(place, position))
    # In the order that all keep; two appliers that pass on to each other's subjects still may lock each other
    # out, and one of them runs again.
    await _mark_subjects(connection, sorted(set(to.values())), now=now)
    rows = [
        {"subject": subject, "log": log, "position": first[subject, log]} for subject, log in sorted(first)
    ]
    await insert_columns(connection, dirty_positions, rows, conflict=_earlier)


async def mark_all(connection: AsyncConnection, kind: str, *, now: datetime, dialect: str) -> None:
    """Have every known subject of a kind computed anew; nothing is said to be computed until they are.

    This leaves one mark, which the applier spreads in a transaction of its own. Marking them here would miss
    a subject that comes to be known, and is computed by what held before, while this transaction is open.
    """
    subject = f"{ALL}{kind}"
    await _mark_subjects(connection, [subject], now=now)
    positions = insert(dirty_positions, dialect=dialect).from_select(
        ["subject", "log", "position"],
        # Without a WHERE, SQLite would take the ON of ON CONFLICT for that of a join.
        select(literal(subject), cursors.c.log, literal(FIRST_POSITION)).where(true()),
    )
    await connection.execute(positions.on_conflict_do_nothing())


async def spread(connection: AsyncConnection, mark_of_all: str, *, now: datetime, dialect: str) -> None:
    """Mark the subjects that a mark of `mark_all` means."""
    kind = mark_of_all.removeprefix(ALL)
    of_kind = received_subjects.c.subject.startswith(f"{kind}:", autoescape=True)
    subjects = insert(dirty_subjects, dialect=dialect).from_select(
        ["subject", "attempts", "retry_at", "error"],
        select(received_subjects.c.subject, literal(0), literal(now, UtcDateTime), literal(""))
        .where(of_kind)
        .distinct()
        .order_by(received_subjects.c.subject),
    )
    await connection.execute(
        subjects.on_conflict_do_update(
            index_elements=["subject"], set_={"retry_at": subjects.excluded.retry_at}
        )
    )
    positions = insert(dirty_positions, dialect=dialect).from_select(
        ["subject", "log", "position"],
        select(received_subjects.c.subject, received_subjects.c.log, literal(FIRST_POSITION))
        .where(of_kind)
        .distinct()
        .order_by(received_subjects.c.subject, received_subjects.c.log),
    )
    await connection.execute(
        positions.on_conflict_do_update(
            index_elements=["subject", "log"], set_={"position": positions.excluded.position}
        )
    )


async def take(connection: AsyncConnection, *, now: datetime, subjects_max: int) -> list[str]:
    """Take dirty subjects that are due, locked until the transaction ends.

    On PostgreSQL other workers skip them. Whoever marks one of them meanwhile waits for the lock and marks
    it anew after the commit, so a fact that arrives during the computation is not lost.
    """
    found = await connection.execute(_TAKE, {"now": now, "subjects_max": subjects_max})
    return list(found.scalars())


async def take_one(connection: AsyncConnection, subject: str) -> bool:
    """Take one subject if it is still dirty and nobody else has it."""
    statement = (
        select(dirty_subjects.c.subject)
        .where(dirty_subjects.c.subject == subject)
        .with_for_update(skip_locked=True)
    )
    return (await connection.execute(statement)).scalar_one_or_none() is not None


async def read_dirty(connection: AsyncConnection, subjects: Collection[str]) -> set[str]:
    """Say which of these subjects wait, parked ones and those of a kind that waits as a whole included."""
    mark_of_all = {subject: f"{ALL}{subject.partition(':')[0]}" for subject in subjects}
    statement = select(dirty_subjects.c.subject).where(
        dirty_subjects.c.subject.in_({*mark_of_all.keys(), *mark_of_all.values()})
    )
    marked = set((await connection.execute(statement)).scalars())
    return {subject for subject, of_all in mark_of_all.items() if marked & {subject, of_all}}


async def clear(connection: AsyncConnection, subjects: Sequence[str]) -> None:
    """Forget the marks of subjects that were taken in this transaction and are now computed."""
    for statement in (_CLEAR_POSITIONS, _CLEAR):
        await connection.execute(statement, {"subjects": list(subjects)})


async def park(connection: AsyncConnection, subject: str, *, error: str, now: datetime) -> None:
    """Leave a subject dirty with its error; it is tried again later and later, and at once on replay."""
    attempts = (
        await connection.execute(select(dirty_subjects.c.attempts).where(dirty_subjects.c.subject == subject))
    ).scalar_one()
    delay = timedelta(seconds=min(2 ** min(attempts, 16), RETRY_SECONDS_MAX))
    await connection.execute(
        update(dirty_subjects)
        .where(dirty_subjects.c.subject == subject)
        .values(attempts=attempts + 1, retry_at=now + delay, error=error[:ERROR_CHARACTERS_MAX])
    )


async def replay(connection: AsyncConnection, subjects: Collection[str], *, now: datetime) -> int:
    """Make parked subjects due at once (without names: all of them). Returns how many."""
    statement = update(dirty_subjects).where(dirty_subjects.c.attempts > 0).values(retry_at=now)
    if subjects:
        statement = statement.where(dirty_subjects.c.subject.in_(subjects))
    return (await connection.execute(statement)).rowcount
