"""The points service on a database of its own, without a server: use cases, RPCs and jobs as they are."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from zoneinfo import ZoneInfo

from dramatiq.brokers.stub import StubBroker
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse
from sqlalchemy import insert

from services.chassis.bells import Bell
from services.chassis.call import Call, Caller, CallerKind
from services.chassis.doorbell import Doorbell
from services.chassis.faults import Fault
from services.chassis.frame import Frame
from services.chassis.jobs.runner import JobRunner, Step
from services.chassis.periods import PeriodKind
from services.chassis.rpc.table import RpcTable
from services.chassis.sql.database import Database
from services.chassis.tables import cursors
from services.points.bootstrap import DECLARATION
from services.points.domain.assess import Grant
from services.points.domain.board import Board, BoardScope, TieKey
from services.points.usecases.create_board import CreateBoard, create_board
from services.points.usecases.update_standings import update_standings
from tests.integration.databases import SECRET, opened, working
from tests.unit.points.factories import day, grant, hours

SHANGHAI = ZoneInfo("Asia/Shanghai")
ALL_KEYS = (TieKey.WISHES_FULFILLED, TieKey.COUNTED_MINUTES, TieKey.EARLIEST_REACHED)
DISTRICT_YEAR = Board(scope=BoardScope.DISTRICT, period_kind=PeriodKind.YEAR, tie_keys=ALL_KEYS)
COMMUNITY_MONTH = Board(scope=BoardScope.COMMUNITY, period_kind=PeriodKind.MONTH, tie_keys=ALL_KEYS[:1])
ROUNDS_MAX = 100


def open_points(url: str) -> AbstractAsyncContextManager[Database]:
    return opened(url, schema="points", own=[DECLARATION.migrations])


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
    rpc: Any = rpcs[name]
    return await rpc(request, Call(caller=caller, method=name, deadline=time.monotonic() + seconds))


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
