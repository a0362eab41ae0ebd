"""What tests of every service do with a real database: open it, run a use case, look into it, verify it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from linli.feed.v1.fact_pb2 import Fact
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse
from sqlalchemy import Table, func, select

from services.chassis.facts import log
from services.chassis.facts.pulling import Pull
from services.chassis.faults import Fault
from services.chassis.installation import install
from services.chassis.jobs.verify import Check
from services.chassis.requests import RequestSecret
from services.chassis.sql.database import Database
from services.chassis.sql.migrations import CHASSIS, Stream, migrate
from services.chassis.tables import facts
from services.chassis.work import UseCase, Work, Written
from tests.integration.templates import copied, keep

ZONE = "Asia/Shanghai"
SECRET = RequestSecret(key_id="test", key=b"not a secret")
CHUNKS_MAX = 100
WRITTEN = "WRITTEN"


@asynccontextmanager
async def opened(url: str, *, schema: str, own: Sequence[Stream] = ()) -> AsyncGenerator[Database]:
    """Open a database with the tables of the chassis and its own, as a service finds it."""

    content = "_".join([schema, *(stream.name for stream in own)])
    path = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
    is_new = path is not None and not path.exists()
    if path is None or not copied(path, content=content):
        await _prepare(url, schema=schema, own=own)
        if path is not None and is_new:
            keep(path, content=content)
    database = Database(url=url, schema=schema)
    try:
        yield database
    finally:
        await database.close()


async def _prepare(url: str, *, schema: str, own: Sequence[Stream]) -> None:
    database = Database(url=url, schema=schema)
    try:
        await migrate(database, [CHASSIS, *own])
        await install(database, time_zone=ZONE)
    finally:
        await database.close()


@asynccontextmanager
async def working(database: Database) -> AsyncGenerator[Work]:
    """Work in one transaction of the service whose schema it is; what it states is appended at the end."""
    async with database.write() as connection:
        now = await database.now(connection)
        work = Work(connection=connection, now=now, log=database.schema, dialect=database.dialect)
        yield work
        await log.append(connection, work.stated, log=work.log, dialect=work.dialect)


async def run(database: Database, usecase: UseCase[Any], *commands: object) -> list[Written | Fault]:
    """Decide a batch in a transaction of its own, again when the database asks for that."""

    async def body(connection: Any) -> list[Written | Fault]:
        now = await database.now(connection)
        work = Work(connection=connection, now=now, log=database.schema, dialect=database.dialect)
        outcomes = await usecase(work, commands)
        await log.append(connection, work.stated, log=work.log, dialect=work.dialect)
        return outcomes

    return await database.transact(body)


async def written(database: Database, usecase: UseCase[Any], *commands: object) -> list[str]:
    """Decide a batch in which nothing may be refused; gives the records' ids."""
    outcomes = await run(database, usecase, *commands)
    assert set(reasons(outcomes)) <= {WRITTEN}, outcomes
    return [outcome.id for outcome in outcomes if isinstance(outcome, Written)]


def reasons(outcomes: Sequence[Written | Fault]) -> list[str]:
    """Name each outcome: the reason of a refusal, or WRITTEN."""
    return [outcome.reason if isinstance(outcome, Fault) else WRITTEN for outcome in outcomes]


async def stated(database: Database) -> list[Fact]:
    """Read the log, in order."""
    async with database.read() as connection:
        envelopes = await connection.execute(select(facts.c.envelope).order_by(facts.c.position))
        return [Fact.FromString(envelope) for envelope in envelopes.scalars()]


def pull_from(database: Database, *, facts_max: int = log.FACTS_PER_PULL_MAX) -> Pull:
    """Pull the log of a database without a server in between."""

    async def pull(request: PullRequest) -> PullResponse:
        async with database.read() as connection:
            page = await log.read_after(
                connection, request.after, facts_max=min(request.max_facts, facts_max)
            )
        return PullResponse(facts=page.facts, head=page.head)

    return pull


async def count(database: Database, table: Table) -> int:
    async with database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def findings(database: Database, *checks: Check) -> list[str]:
    """Run checks to their ends; names what breaks which law."""
    found: list[str] = []
    for check in checks:
        after = None
        for _ in range(CHUNKS_MAX):
            async with database.read() as connection:
                checked = await check.chunk(connection, after)
            found += [f"{check.name}: {finding}" for finding in checked.findings]
            after = checked.next
            if after is None:
                break
        else:
            raise AssertionError(f"It never ends: {check.name}")
    return found
