"""The points service on a database of its own, without a server: use cases, RPCs and jobs as they are."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from zoneinfo import ZoneInfo

from dramatiq.brokers.stub import StubBroker
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse
from sqlalchemy import Table as SqlTable
from sqlalchemy import func, insert, select

from services.chassis.call import Call, Caller, CallerKind
from services.chassis.doorbell import Bell, Doorbell
from services.chassis.facts import log
from services.chassis.faults import Fault
from services.chassis.frame import Frame
from services.chassis.installation import install
from services.chassis.jobs.runner import JobRunner, Step
from services.chassis.jobs.verify import Check
from services.chassis.periods import PeriodKind
from services.chassis.requests import RequestSecret
from services.chassis.rpc.table import RpcTable
from services.chassis.sql.database import Database
from services.chassis.sql.migrations import CHASSIS, migrate
from services.chassis.tables import cursors
from services.chassis.work import Work
from services.points.bootstrap import DECLARATION
from services.points.domain.assess import Grant
from services.points.domain.board import Board, BoardScope, TieKey
from services.points.usecases.create_board import CreateBoard, create_board
from services.points.usecases.update_standings import update_standings
from tests.unit.points.factories import day, grant, hours

SHANGHAI = ZoneInfo("Asia/Shanghai")
ALL_KEYS = (TieKey.WISHES_FULFILLED, TieKey.COUNTED_MINUTES, TieKey.EARLIEST_REACHED)
DISTRICT_YEAR = Board(scope=BoardScope.DISTRICT, period_kind=PeriodKind.YEAR, tie_keys=ALL_KEYS)
COMMUNITY_MONTH = Board(scope=BoardScope.COMMUNITY, period_kind=PeriodKind.MONTH, tie_keys=ALL_KEYS[:1])
ROUNDS_MAX = 100
SECRET = RequestSecret(key_id="test", key=b"not a secret")


@asynccontextmanager
async def open_points(url: str) -> AsyncGenerator[Database]:
    database = Database(url=url, schema="points")
    try:
        await migrate(database, [CHASSIS, DECLARATION.migrations])
        await install(database, time_zone=SHANGHAI.key)
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def working(database: Database) -> AsyncGenerator[Work]:
    """Work in one transaction; what it states is appended at the end."""
    async with database.write() as connection:
        work = Work(
            connection=connection, now=await database.now(connection), log="points", dialect=database.dialect
        )
        yield work
        await log.append(connection, work.stated, log=work.log, dialect=work.dialect)


@asynccontextmanager
async def framed(database: Database) -> AsyncGenerator[Frame]:
    """Open the frame, with a door that runs and nothing else beside it."""

    async def pull(_request: PullRequest) -> PullResponse:
        return PullResponse()

    frame = Frame(
        declaration=DECLARATION,
        database=database,
        doorbell=Doorbell(StubBroker(middleware=[])),
        secret=SECRET,
        zone=SHANGHAI,
        pull=pull,
    )
    running = asyncio.create_task(frame.door.run())
    try:
        yield frame
    finally:
        running.cancel()


async def ask(rpcs: RpcTable, request: Any, *, by: str = "first", seconds: float = 5.0) -> Any:
    """Call the RPC whose request this is, as a person."""
    name = type(request).__name__.removesuffix("Request")
    caller = Caller(kind=CallerKind.MEMBER, id=by)
    return await rpcs[name](request, Call(caller=caller, method=name, deadline=time.monotonic() + seconds))


async def define(database: Database, definition: Board = DISTRICT_YEAR, *, code: str = "board") -> str:
    """Define a board; returns its id."""
    async with working(database) as work:
        command = CreateBoard(code=code, name=code, definition=definition, created_by="member:first")
        (written,) = await create_board(work, [command])
    assert not isinstance(written, Fault)
    return written.id


async def settle(database: Database, grants: Mapping[str, Sequence[Grant]]) -> None:
    async with working(database) as work:
        await update_standings(work, zone=SHANGHAI, grants=grants)


async def score(database: Database, milli: Mapping[str, int]) -> None:
    """Let each member stand with so many milli-points, one hour of one day."""
    await settle(
        database,
        {
            member_id: [grant(hours(f"of-{member_id}", at=day(5)), granted_milli=points)]
            for member_id, points in milli.items()
        },
    )


async def receive_up_to(database: Database, **positions: int) -> None:
    """State that the logs are kept up to these positions."""
    async with database.write() as connection:
        rows = [
            {"log": name, "position": position, "log_id": "x", "fact_id": "x"}
            for name, position in positions.items()
        ]
        await connection.execute(insert(cursors), rows)


def runner(database: Database, steps: Mapping[str, Step]) -> JobRunner:
    return JobRunner(service="points", database=database, steps=steps, asked=Bell(), stated=Bell())


async def count(database: Database, table: SqlTable) -> int:
    async with database.read() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def findings(database: Database, *checks: Check) -> list[str]:
    """Run checks to their ends."""
    found: list[str] = []
    for check in checks:
        after = None
        for _ in range(ROUNDS_MAX):
            async with database.read() as connection:
                checked = await check.chunk(connection, after)
            found += checked.findings
            after = checked.next
            if after is None:
                break
        else:
            raise AssertionError("It never ends.")
    return found
