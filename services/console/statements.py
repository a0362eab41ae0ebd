"""What the commands about feedback statements do: generate, list, send, answer, correct."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp
from linli.feed.v1.write_pb2 import WriteResult
from linli.jobs.v1.jobs_pb2 import Job
from linli.members.v1 import feedback_pb2 as pb
from linli.members.v1.feedback_pb2_grpc import FeedbackServiceStub
from linli.members.v1.member_pb2 import BatchGetMembersRequest
from linli.members.v1.member_pb2_grpc import MemberServiceStub
from rich.console import Console

from services.chassis.call import Caller
from services.chassis.ids import new_id
from services.chassis.moments import timestamp
from services.chassis.settings import Settings
from services.console.answering import answering
from services.console.calls import call, every
from services.console.channels import Channels
from services.console.configuration import find_targets
from services.console.faults import JobNotDone
from services.console.jobs import wait_for_job
from services.console.people import said
from services.console.register.desk import Desk
from services.console.statement_table import as_rows, print_statements
from services.console.steps import Steps
from services.console.wording import say

MEMBERS: Final = "members"
ITEMS_PER_CALL: Final = 1_000
_ASK_EVERY_S: Final = 0.2
_ASKS_MAX: Final = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who acts, where, and how the answer is shown."""

    settings: Settings
    caller: Caller
    as_json: bool

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[tuple[Channels, Any]]:
        """Open channels and the stub of the service."""
        async with answering(find_targets(self.settings), caller=self.caller, only=[MEMBERS]) as channels:
            yield channels, FeedbackServiceStub(channels[MEMBERS])

    async def by_ids(self, channels: Channels, stated: Mapping[str, Any]) -> dict[str, Any]:
        """Put ids in the place of codes that people wrote; what is empty stays so."""
        desk = Desk(channel=channels[MEMBERS], caller=str(self.caller), zone=self.settings.time_zone)
        told = dict(stated)
        if told.get("work_unit_id"):
            told["work_unit_id"] = (await desk.unit(told["work_unit_id"])).work_unit_id
        if told.get("node_id"):
            told["node_id"] = (await desk.node(told["node_id"])).node_id
        if told.get("member_id"):
            told["member_id"] = (await desk.member(told["member_id"])).member_id
        return told

    async def call(self, rpc: Any, request: Any) -> Any:
        return await call(rpc, request, caller=str(self.caller))

    async def list(self, channels: Channels, stub: Any, **filters: Any) -> list[pb.Statement]:
        filters = await self.by_ids(channels, filters)
        return await every(
            stub.ListStatements,
            pb.ListStatementsRequest,
            rows=lambda page: page.statements,
            caller=str(self.caller),
            **filters,
        )

    def steps(self) -> Steps:
        return Steps(console=Console(stderr=True), quiet=self.as_json)


async def generate(office: Office, *, period: str, node_id: str) -> bool:
    """Generate the statements of a period and show how many there were."""
    async with office.opened() as (channels, stub):
        where = await office.by_ids(channels, {"node_id": node_id})
        request = pb.GenerateStatementsRequest(request_id=new_id(), period_id=period, **where)
        job_id = (await office.call(stub.GenerateStatements, request)).written.id
        with office.steps() as steps, steps.counting(say("statements.title")) as counted:

            def watch(job: Job) -> None:
                counted(job.done, job.total)

            told = await wait_for_job(
                channels[MEMBERS], service=MEMBERS, job_id=job_id, caller=str(office.caller), watch=watch
            )
    if office.as_json:
        print(told)
        return True
    found = json.loads(told)
    print(say("statements.generated", new=found["generated"], old=found["existing"], period=period))
    return True


async def show(office: Office, *, states: Sequence[str], **filters: Any) -> bool:
    """Show statements."""
    wanted = [pb.StatementState.Value(f"STATEMENT_STATE_{state.upper()}") for state in states]
    async with office.opened() as (channels, stub):
        found = await office.list(channels, stub, states=wanted, **filters)
        await _print(office, channels, found, title="statements.title")
    return True


async def show_overdue(office: Office, *, day: datetime | None, **filters: Any) -> bool:
    """Show what is overdue; says whether nothing is."""
    as_of = _end_of(day, office) if day else None
    async with office.opened() as (channels, stub):
        found = await office.list(channels, stub, overdue=True, as_of=as_of, **filters)
        await _print(office, channels, found, title="statements.overdue_ones")
    return not found


async def send(office: Office, *, ids: Sequence[str], dry_run: bool, **filters: Any) -> bool:
    """Send drafts; says whether none was refused."""

    def ask(some: Sequence[str]) -> pb.SendStatementsRequest:
        items = [pb.SendStatement(request_id=new_id(), statement_id=each) for each in some]
        return pb.SendStatementsRequest(items=items, dry_run=dry_run)

    async with office.opened() as (channels, stub):
        draft = pb.StatementState.STATEMENT_STATE_DRAFT
        chosen = ids or [
            each.statement_id for each in await office.list(channels, stub, states=[draft], **filters)
        ]
        results = await _in_parcels(office, stub.SendStatements, chosen, ask, name=say("statements.sending"))
    return _tell(
        office, chosen, results, done="statements.would_be_sent" if dry_run else "statements.were_sent"
    )


async def acknowledge(office: Office, *, ids: Sequence[str], **filters: Any) -> bool:
    """Take note of statements; says whether none was refused."""

    def ask(some: Sequence[str]) -> pb.BatchAcknowledgeStatementsRequest:
        items = [pb.AcknowledgeStatementRequest(request_id=new_id(), statement_id=each) for each in some]
        return pb.BatchAcknowledgeStatementsRequest(items=items)

    async with office.opened() as (channels, stub):
        sent = pb.StatementState.STATEMENT_STATE_SENT
        chosen = ids or [
            each.statement_id for each in await office.list(channels, stub, states=[sent], **filters)
        ]
        name = say("statements.acknowledging")
        results = await _in_parcels(office, stub.BatchAcknowledgeStatements, chosen, ask, name=name)
    return _tell(office, chosen, results, done="statements.were_acknowledged")


async def reply(office: Office, *, statement_id: str, text: str) -> bool:
    """Answer a statement and show it."""
    request = pb.ReplyToStatementRequest(request_id=new_id(), statement_id=statement_id, reply=text)
    async with office.opened() as (channels, stub):
        await office.call(stub.ReplyToStatement, request)
        answer = await office.call(stub.GetStatement, pb.GetStatementRequest(statement_id=statement_id))
        await _print(office, channels, [answer.statement], title="statements.replied_to")
    return True


async def correct(office: Office, *, statement_id: str, reason: str, comment: str | None) -> bool:
    """Make a new version, wait for its figures and show all versions."""
    request = pb.CorrectStatementRequest(
        request_id=new_id(), statement_id=statement_id, reason=reason, comment=comment
    )
    async with office.opened() as (channels, stub):
        new_id_ = (await office.call(stub.CorrectStatement, request)).written.id
        for _ in range(_ASKS_MAX):
            answer = await office.call(stub.GetStatement, pb.GetStatementRequest(statement_id=new_id_))
            if answer.statement.state != pb.StatementState.STATEMENT_STATE_COMPUTING:
                await _print(office, channels, answer.versions, title="statements.versions")
                return True
            await asyncio.sleep(_ASK_EVERY_S)
    raise JobNotDone(say("statements.still_computing", id=new_id_))


async def _in_parcels(
    office: Office, rpc: Any, ids: Sequence[str], ask: Callable[[Sequence[str]], Any], *, name: str
) -> list[WriteResult]:
    results: list[WriteResult] = []
    with office.steps() as steps, steps.step(name, total=len(ids)) as advance:
        for first in range(0, len(ids), ITEMS_PER_CALL):
            some = ids[first : first + ITEMS_PER_CALL]
            results += (await office.call(rpc, ask(some))).results
            advance(len(some))
    return results


def _tell(office: Office, ids: Sequence[str], results: Sequence[WriteResult], *, done: str) -> bool:
    refused = {
        each: said(result.refused)
        for each, result in zip(ids, results, strict=True)
        if result.HasField("refused")
    }
    if office.as_json:
        print(json.dumps({"done": len(ids) - len(refused), "refused": refused}, ensure_ascii=False, indent=2))
    else:
        print(say(done, done=len(ids) - len(refused), of=len(ids)))
        for statement_id, why in refused.items():
            print(say("statements.refused", id=statement_id, why=why))
    return not refused


async def _print(office: Office, channels: Channels, found: Sequence[pb.Statement], *, title: str) -> None:
    if office.as_json:
        print(json.dumps(as_rows(found), ensure_ascii=False, indent=2))
        return
    names = await _names(office, channels, sorted({each.member_id for each in found}))
    print_statements(Console(), found, names=names, title=say(title), zone=office.settings.time_zone)


async def _names(office: Office, channels: Channels, member_ids: Sequence[str]) -> dict[str, str]:
    """Give number and name of members by id; who was merged or erased keeps the id."""
    names: dict[str, str] = {}
    for first in range(0, len(member_ids), ITEMS_PER_CALL):
        request = BatchGetMembersRequest(member_ids=member_ids[first : first + ITEMS_PER_CALL])
        found = (await office.call(MemberServiceStub(channels[MEMBERS]).BatchGetMembers, request)).members
        names |= {each.member_id: f"{each.code} {each.name}".strip() for each in found}
    return names


def _end_of(day: datetime, office: Office) -> Timestamp:
    """Give the last moment of a day in the district."""
    return timestamp(
        (day + timedelta(days=1)).replace(tzinfo=office.settings.time_zone) - timedelta.resolution
    )
