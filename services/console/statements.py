"""What the commands about feedback statements do: generate, list, send, answer, correct."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from google.protobuf.timestamp_pb2 import Timestamp
from linli.feed.v1.write_pb2 import WriteResult
from linli.jobs.v1.jobs_pb2 import Job
from linli.members.v1 import feedback_pb2 as pb
from linli.members.v1.feedback_pb2_grpc import FeedbackServiceStub
from rich.console import Console

from services.chassis.call import Caller
from services.chassis.ids import new_id
from services.chassis.moments import timestamp
from services.chassis.settings import Settings
from services.console.answering import answering
from services.console.calls import call, every, reason
from services.console.channels import Channels
from services.console.configuration import find_targets
from services.console.faults import JobNotDone
from services.console.jobs import wait_for_job
from services.console.statement_table import as_rows, print_statements
from services.console.steps import Steps

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

    async def call(self, rpc: Any, request: Any) -> Any:
        return await call(rpc, request, caller=str(self.caller))

    async def list(self, stub: Any, **filters: Any) -> list[pb.Statement]:
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
    request = pb.GenerateStatementsRequest(request_id=new_id(), period_id=period, node_id=node_id)
    async with office.opened() as (channels, stub):
        job_id = (await office.call(stub.GenerateStatements, request)).written.id
        with office.steps() as steps, steps.counting("statements") as counted:

            def watch(job: Job) -> None:
                counted(job.done, job.total)

            told = await wait_for_job(
                channels[MEMBERS], service=MEMBERS, job_id=job_id, caller=str(office.caller), watch=watch
            )
    if office.as_json:
        print(told)
        return True
    found = json.loads(told)
    new, old = found["generated"], found["existing"]
    print(f"{new:,} statements of {period} were generated; {old:,} were there before.")
    return True


async def show(office: Office, *, states: Sequence[str], **filters: Any) -> bool:
    """Show statements."""
    wanted = [pb.StatementState.Value(f"STATEMENT_STATE_{state.upper()}") for state in states]
    async with office.opened() as (_, stub):
        found = await office.list(stub, states=wanted, **filters)
    _print(office, found, title="Statements")
    return True


async def show_overdue(office: Office, *, day: datetime | None, **filters: Any) -> bool:
    """Show what is overdue; says whether nothing is."""
    as_of = _end_of(day, office) if day else None
    async with office.opened() as (_, stub):
        found = await office.list(stub, overdue=True, as_of=as_of, **filters)
    _print(office, found, title="Overdue statements")
    return not found


async def send(office: Office, *, ids: Sequence[str], dry_run: bool, **filters: Any) -> bool:
    """Send drafts; says whether none was refused."""

    def ask(some: Sequence[str]) -> pb.SendStatementsRequest:
        items = [pb.SendStatement(request_id=new_id(), statement_id=each) for each in some]
        return pb.SendStatementsRequest(items=items, dry_run=dry_run)

    async with office.opened() as (_, stub):
        draft = pb.StatementState.STATEMENT_STATE_DRAFT
        chosen = ids or [each.statement_id for each in await office.list(stub, states=[draft], **filters)]
        results = await _in_parcels(office, stub.SendStatements, chosen, ask, name="send")
    return _tell(office, chosen, results, done="would be sent" if dry_run else "were sent")


async def acknowledge(office: Office, *, ids: Sequence[str], **filters: Any) -> bool:
    """Take note of statements; says whether none was refused."""

    def ask(some: Sequence[str]) -> pb.BatchAcknowledgeStatementsRequest:
        items = [pb.AcknowledgeStatementRequest(request_id=new_id(), statement_id=each) for each in some]
        return pb.BatchAcknowledgeStatementsRequest(items=items)

    async with office.opened() as (_, stub):
        sent = pb.StatementState.STATEMENT_STATE_SENT
        chosen = ids or [each.statement_id for each in await office.list(stub, states=[sent], **filters)]
        results = await _in_parcels(office, stub.BatchAcknowledgeStatements, chosen, ask, name="acknowledge")
    return _tell(office, chosen, results, done="were acknowledged")


async def reply(office: Office, *, statement_id: str, text: str) -> bool:
    """Answer a statement and show it."""
    request = pb.ReplyToStatementRequest(request_id=new_id(), statement_id=statement_id, reply=text)
    async with office.opened() as (_, stub):
        await office.call(stub.ReplyToStatement, request)
        answer = await office.call(stub.GetStatement, pb.GetStatementRequest(statement_id=statement_id))
    _print(office, [answer.statement], title="Replied to")
    return True


async def correct(office: Office, *, statement_id: str, reason: str, comment: str | None) -> bool:
    """Make a new version, wait for its figures and show all versions."""
    request = pb.CorrectStatementRequest(
        request_id=new_id(), statement_id=statement_id, reason=reason, comment=comment
    )
    async with office.opened() as (_, stub):
        new_id_ = (await office.call(stub.CorrectStatement, request)).written.id
        for _ in range(_ASKS_MAX):
            answer = await office.call(stub.GetStatement, pb.GetStatementRequest(statement_id=new_id_))
            if answer.statement.state != pb.StatementState.STATEMENT_STATE_COMPUTING:
                _print(office, answer.versions, title="Versions")
                return True
            await asyncio.sleep(_ASK_EVERY_S)
    raise JobNotDone(f"The figures of the statement {new_id_} are still being computed; does points answer?")


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
        each: f"{reason(result.refused)}: {result.refused.message}"
        for each, result in zip(ids, results, strict=True)
        if result.HasField("refused")
    }
    if office.as_json:
        print(json.dumps({"done": len(ids) - len(refused), "refused": refused}, ensure_ascii=False, indent=2))
    else:
        print(f"{len(ids) - len(refused):,} of {len(ids):,} statements {done}.")
        for statement_id, why in refused.items():
            print(f"{statement_id} was refused: {why}")
    return not refused


def _print(office: Office, found: Sequence[pb.Statement], *, title: str) -> None:
    if office.as_json:
        print(json.dumps(as_rows(found), ensure_ascii=False, indent=2))
    else:
        print_statements(Console(), found, title=title, zone=office.settings.time_zone)


def _end_of(day: datetime, office: Office) -> Timestamp:
    """Give the last moment of a day in the district."""
    return timestamp(
        (day + timedelta(days=1)).replace(tzinfo=office.settings.time_zone) - timedelta.resolution
    )
