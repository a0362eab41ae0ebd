"""The auditor: checks that recompute what is derived and compare it with what is stored.

Each check runs in chunks, each over one consistent state, beside live traffic. Differences are named,
never mended.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from linli.feed.v1.fact_pb2 import Cursor, Fact
from linli.feed.v1.feed_pb2 import PullRequest
from sqlalchemy import case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.comparing import compare
from services.chassis.facts.consumer import subjects_named
from services.chassis.facts.cursor import read_cursor
from services.chassis.facts.log import FACTS_PER_PULL_MAX
from services.chassis.facts.pulling import Pull, ask
from services.chassis.facts.received import read_subjects_of
from services.chassis.faults import LogDiverged
from services.chassis.jobs.runner import Job, Progress, Step
from services.chassis.sql.database import Database
from services.chassis.tables import dirty_subjects, facts, received_facts
from services.chassis.work import Work

FINDINGS_MAX = 1_000
RECORDS_PER_CHUNK = 5_000
STEP_SECONDS = 0.1
"""A step goes on with the next chunk until then; on SQLite it keeps writers waiting meanwhile."""

KIND = "verify"
REMEDY = "`linli facts rejoin` lets the consumer follow it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a chunk of a check found."""

    compared: int
    findings: Sequence[str] = ()
    next: Any = None
    """Where the check goes on, as JSON; None: it is through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One law that must hold, in words, and what looks for breaches of it."""

    name: str
    chunk: Callable[[AsyncConnection, Any], Awaitable[Checked]]
    """Given a consistent state and where to go on (None: at the beginning)."""


def verify_step(*, database: Database, checks: Sequence[Check]) -> Step:
    """Make the step of a verify job: one chunk of one check at a time."""

    async def step(_work: Work, job: Job) -> Progress:
        return await bring_on(database=database, checks=checks, cursor=job.cursor)

    return step


async def bring_on(*, database: Database, checks: Sequence[Check], cursor: Any) -> Progress:
    """Go on with the checks for a moment, from where the last one left them; None: from the beginning."""
    state = cursor or {"check": 0, "next": None, "compared": [0] * len(checks), "findings": []}
    pause_at = time.monotonic() + STEP_SECONDS
    while state["check"] < len(checks):
        await _go_on(database, checks[state["check"]], state)
        if time.monotonic() > pause_at:
            break
    if state["check"] < len(checks):
        return Progress(done=state["check"], total=len(checks), cursor=state)
    compared = {check.name: count for check, count in zip(checks, state["compared"], strict=True)}
    result = {"checks": compared, "findings": state["findings"]}
    return Progress(done=len(checks), total=len(checks), result=result)


async def _go_on(database: Database, check: Check, state: dict[str, Any]) -> None:
    """Do the next chunk of a check, over one consistent state, and note what it found."""
    async with database.read() as connection:
        checked = await check.chunk(connection, state["next"])
    state["compared"][state["check"]] += checked.compared
    room = FINDINGS_MAX - len(state["findings"])
    state["findings"] += [f"{check.name}: {finding}" for finding in checked.findings][:room]
    state["next"] = checked.next
    if checked.next is None:
        state["check"] += 1


def checks_of_facts(*, logs: Sequence[str], pull: Pull) -> list[Check]:
    """List what must hold of the facts of any service: its own and those it consumes."""
    return [
        Check(
            name="positions of the own log have no gap, revisions of a record no gap", chunk=_check_own_log
        ),
        *(
            Check(name=f"received facts equal the log {log}", chunk=_received_equals_feed(log, pull))
            for log in logs
        ),
        Check(name="no subject is parked", chunk=_check_parked),
    ]


async def _check_own_log(connection: AsyncConnection, after: Any) -> Checked:
    findings = [] if after else await _count_stated(connection)
    records = (
        select(facts.c.record_id, func.max(facts.c.revision).label("newest"), func.count().label("stated"))
        .where(facts.c.record_id > (after or ""))
        .group_by(facts.c.record_id)
        .order_by(facts.c.record_id)
        .limit(RECORDS_PER_CHUNK)
    )
    rows = (await connection.execute(records)).all()
    findings += [f"record {row.record_id} lacks a revision" for row in rows if row.newest != row.stated]
    following = rows[-1].record_id if len(rows) == RECORDS_PER_CHUNK else None
    return Checked(compared=sum(row.stated for row in rows), findings=findings, next=following)


async def _count_stated(connection: AsyncConnection) -> list[str]:
    ends = select(func.count(), func.coalesce(func.max(facts.c.position), 0))
    count, head = (await connection.execute(ends)).one()
    return [] if count == head else [f"the head is at {head}, but there are {count} facts"]


async def _check_parked(connection: AsyncConnection, _next: Any) -> Checked:
    statement = select(dirty_subjects).where(dirty_subjects.c.attempts > 0).limit(FINDINGS_MAX)
    parked = (await connection.execute(statement)).all()
    return Checked(compared=len(parked), findings=[f"{row.subject}: {row.error}" for row in parked])


def _received_equals_feed(log: str, pull: Pull) -> Callable[[AsyncConnection, Any], Awaitable[Checked]]:
    async def chunk(connection: AsyncConnection, after: Any) -> Checked:
        kept = await read_cursor(connection, log)
        # Asked first: the facts up to the common position agree, and those after it nobody states any more.
        compared = await compare(pull=pull, log=log, kept=kept)
        if compared.has_diverged:
            return Checked(compared=0, findings=[f"{compared.reason} {REMEDY}"])
        request = PullRequest(log=log, after=Cursor(**after or {}), max_facts=FACTS_PER_PULL_MAX)
        try:
            pulled = await ask(pull, request)
        except LogDiverged:
            # It was rejoined between two chunks: what the first ones saw is no longer there.
            return Checked(compared=0, findings=["the log was rejoined meanwhile; verify again"])
        kept_to = kept.position
        findings = [] if after else await _count_kept(connection, log, kept_to=kept_to)
        due = [fact for fact in pulled.facts if fact.position <= kept_to]
        if not due:
            return Checked(compared=0, findings=findings)
        held_rows = select(received_facts.c.position, received_facts.c.envelope).where(
            received_facts.c.log == log,
            received_facts.c.position.between(due[0].position, due[-1].position),
        )
        held = dict((await connection.execute(held_rows)).all())
        findings += [
            f"position {fact.position} differs"
            if fact.position in held
            else f"position {fact.position} is missing"
            for fact in due
            if held.get(fact.position) != fact.SerializeToString()
        ]
        findings += await _find_lost_marks(connection, log, due)
        last = due[-1]
        following = {"log_id": pulled.head.log_id, "position": last.position, "fact_id": last.fact_id}
        return Checked(compared=len(due), findings=findings, next=following)

    return chunk


async def _find_lost_marks(connection: AsyncConnection, log: str, due: Sequence[Fact]) -> list[str]:
    """Find records whose newest revision is not the one marked so, or that their subjects do not lead to."""
    record_ids = sorted({fact.record_id for fact in due})
    newest = func.max(received_facts.c.revision)
    marked = func.max(case((received_facts.c.latest, received_facts.c.revision), else_=0))
    count_marked = func.sum(case((received_facts.c.latest, 1), else_=0))
    statement = (
        select(received_facts.c.record_id)
        .where(received_facts.c.log == log, received_facts.c.record_id.in_(record_ids))
        .group_by(received_facts.c.record_id)
        .having(or_(newest != marked, count_marked != 1))
    )
    unmarked = (await connection.execute(statement)).scalars()
    named = {(fact.record_id, subject) for fact in due for subject in subjects_named(fact)}
    lost = named - set(await read_subjects_of(connection, log, record_ids))
    return [
        *(f"record {record_id} has not its newest revision as the latest" for record_id in unmarked),
        *(f"record {record_id} is not found by {subject}" for record_id, subject in sorted(lost)),
    ]


async def _count_kept(connection: AsyncConnection, log: str, *, kept_to: int) -> list[str]:
    """Find facts that no log ever stated: what is compared with the log one by one is what it has."""
    statement = select(func.count()).where(received_facts.c.log == log)
    kept: int = (await connection.execute(statement)).scalar_one()
    return [] if kept == kept_to else [f"{kept} facts are kept, but the log is kept to position {kept_to}"]
