"""A register whose community tells work units about members: with `events` beside it, and a real `points`."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dramatiq.brokers.stub import StubBroker
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse
from linli.members.v1 import feedback_pb2 as pb
from sqlalchemy import update

from services.chassis.bells import Bell
from services.chassis.call import Call, Caller, CallerKind
from services.chassis.doorbell import Doorbell
from services.chassis.frame import Frame
from services.chassis.jobs.runner import JobRunner
from services.chassis.neighbours import Neighbour
from services.chassis.rpc.access import parse_caller
from services.chassis.rpc.client import open_channel
from services.chassis.sql.database import Database
from services.chassis.tables import jobs
from services.members.api.feedback import feedback_service
from services.members.bootstrap import DECLARATION, bootstrap
from services.members.domain.register import MemberType
from services.members.storage.enrolments import read_history
from services.members.usecases.create_work_units import CreateWorkUnit, create_work_units
from services.members.usecases.enrol import Enrol
from services.points import bootstrap as points
from tests.integration.databases import SECRET, pull_from
from tests.integration.members.register import DESK, MARCH, SHANGHAI, Events, Register, enrol, open_events
from tests.integration.points.feeding import Ledger
from tests.integration.points.house import open_points
from tests.integration.serving import Running, running
from tests.unit.points.factories import rule_set

QUARTER = "2025-Q1"
STEPS_MAX = 1_000
SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """The service without a server; its jobs go on when a test says so."""

    register: Register
    events: Events
    ledger: Ledger
    points: Running
    frame: Frame
    community_id: str
    work_unit_id: str

    @property
    def database(self) -> Database:
        return self.register.database

    async def ask(self, request: Any, *, by: str = DESK) -> Any:
        name = type(request).__name__.removesuffix("Request")
        rpc: Any = feedback_service(self.frame).rpcs[name]
        deadline = time.monotonic() + SECONDS_MAX
        return await rpc(request, Call(caller=parse_caller(by), method=name, deadline=deadline))

    async def enrolled(self, *codes: str, at: datetime = MARCH, **others: Any) -> list[str]:
        """Register in-service members and enrol them; returns their ids, in their order."""
        stated = {"member_type": MemberType.IN_SERVICE, "work_unit_id": self.work_unit_id, **others}
        ids = await self.register.members(*codes, **stated)
        commands = [
            Enrol(member_id=each, community_id=self.community_id, occurred_at=at, stated_by=DESK)
            for each in ids
        ]
        await self.register.written(enrol, *commands)
        return ids

    async def learn(self) -> None:
        """Let the register and `points` hear of everything that was stated."""
        await self.events.receive()
        await self.events.apply()
        for log in ("members", "events"):
            self.points.ring(log)

    async def begin(self, *, request_id: str = "g", period_id: str = QUARTER, node_id: str = "") -> str:
        """Ask for statements; returns the job."""
        await self.learn()
        request = pb.GenerateStatementsRequest(request_id=request_id, period_id=period_id, node_id=node_id)
        job_id: str = (await self.ask(request)).written.id
        return job_id

    async def generated(self, **stated: Any) -> list[pb.Statement]:
        """Generate statements; returns all of the period."""
        await self.begin(**stated)
        await self.work()
        return await self.list(period_id=stated.get("period_id", QUARTER))

    def runner(self, channel: Neighbour | None = None) -> JobRunner:
        """Make a runner of the jobs of the service, which may reach the others otherwise."""
        frame = framed(self.database, channel or self.frame.channel)
        steps = bootstrap(frame).steps
        return JobRunner(service="members", database=self.database, steps=steps, asked=Bell(), stated=Bell())

    async def work(self) -> None:
        """Bring all jobs on until they have ended."""
        worker = self.runner()
        for _ in range(STEPS_MAX):
            await self.make_due()
            if not await worker.run_step():
                return
        raise AssertionError("The jobs never end.")

    async def make_due(self) -> None:
        async with self.database.write() as connection:
            now = await self.database.now(connection)
            await connection.execute(update(jobs).where(jobs.c.retry_at > now).values(retry_at=now))

    async def list(self, **filters: Any) -> list[pb.Statement]:
        return list((await self.ask(pb.ListStatementsRequest(page_size=1_000, **filters))).statements)

    async def get(self, statement_id: str) -> pb.GetStatementResponse:
        answer: pb.GetStatementResponse = await self.ask(pb.GetStatementRequest(statement_id=statement_id))
        return answer

    async def send(self, statements: Iterable[pb.Statement], *, by: str = DESK, dry_run: bool = False) -> Any:
        items = [
            pb.SendStatement(request_id=f"s-{each.statement_id}", statement_id=each.statement_id)
            for each in statements
        ]
        return await self.ask(pb.SendStatementsRequest(items=items, dry_run=dry_run), by=by)

    async def acknowledge(self, statement: pb.Statement, *, request_id: str = "a", by: str = DESK) -> Any:
        request = pb.AcknowledgeStatementRequest(request_id=request_id, statement_id=statement.statement_id)
        return await self.ask(request, by=by)

    async def reply(self, statement: pb.Statement, *, reply: str = "Thanks.", by: str = DESK) -> Any:
        request = pb.ReplyToStatementRequest(request_id="r", statement_id=statement.statement_id, reply=reply)
        return await self.ask(request, by=by)

    async def comment(self, statement: pb.Statement, comment: str, *, by: str = DESK) -> Any:
        request = pb.CommentStatementRequest(
            request_id=f"c-{comment}", statement_id=statement.statement_id, comment=comment
        )
        return await self.ask(request, by=by)

    async def correct(self, statement: pb.Statement, *, by: str = DESK, **stated: Any) -> Any:
        request = pb.CorrectStatementRequest(
            request_id=f"k-{statement.statement_id}",
            statement_id=statement.statement_id,
            **{"reason": "One shift was missing.", **stated},
        )
        return await self.ask(request, by=by)


def framed(database: Database, channel: Neighbour) -> Frame:
    async def pull(_request: PullRequest) -> PullResponse:
        return PullResponse()

    return Frame(
        declaration=DECLARATION,
        database=database,
        doorbell=Doorbell(StubBroker(middleware=[])),
        secret=SECRET,
        zone=SHANGHAI,
        pull=pull,
        channel=channel,
    )


@asynccontextmanager
async def open_town(register: Register, folder: Path, *, points_url: str = "") -> AsyncGenerator[Town]:
    """Open a town with a community, a work unit and rules from the beginning of 2025 on."""
    url = points_url or f"sqlite:///{folder / 'points.db'}"
    async with (
        open_events(folder, follower=register.database) as events,
        open_points(url) as ledger_database,
    ):
        ledger = Ledger(ledger_database)
        await ledger.decree(rule_set())
        pulls = {"members": pull_from(register.database), "events": pull_from(events.database)}

        async def pull(request: PullRequest) -> PullResponse:
            return await pulls[request.log](request)

        member = Caller(kind=CallerKind.SERVICE, id="members")
        async with (
            running(points.DECLARATION, points.bootstrap, database=ledger_database, pull=pull) as served,
            open_channel(served.target, caller=member) as channel,
        ):
            frame = framed(register.database, lambda _service: channel)
            door = asyncio.create_task(frame.door.run())
            try:
                yield Town(
                    register=register,
                    events=events,
                    ledger=ledger,
                    points=served,
                    frame=frame,
                    community_id=await register.community(),
                    work_unit_id=await unit(register, "w1"),
                )
            finally:
                door.cancel()


async def unit(register: Register, code: str) -> str:
    (work_unit_id,) = await register.written(
        create_work_units, CreateWorkUnit(code=code, name=code, occurred_at=MARCH)
    )
    return work_unit_id


def moment(month: int, day: int, hour: int = 4) -> datetime:
    """Give an hour of a day of 2025: 4 in UTC is noon in the district."""
    return datetime(2025, month, day, hour, tzinfo=UTC)


async def enrolments_of(town: Town, member_id: str) -> list[str]:
    async with town.database.read() as connection:
        return [each.id for each in await read_history(connection, [member_id])]
