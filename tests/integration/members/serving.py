"""The service on a real socket, with everything that runs beside it; its log of `events` is a real one."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status
from linli.members.v1.enrolment_pb2_grpc import EnrolmentServiceStub
from linli.members.v1.grid_pb2_grpc import GridServiceStub
from linli.members.v1.member_pb2_grpc import MemberServiceStub
from linli.members.v1.organisation_pb2_grpc import OrganisationServiceStub

from services.chassis.call import Caller, CallerKind
from services.chassis.doorbell import Doorbell, open_broker
from services.chassis.frame import Frame
from services.chassis.requests import RequestSecret
from services.chassis.rpc.client import open_channel
from services.chassis.rpc.server import Server
from services.chassis.settings import Settings
from services.members.bootstrap import DECLARATION, bootstrap
from tests.integration.chassis.rpc.serving import refusal, status_in
from tests.integration.members.register import ZONE, Events, Register

if TYPE_CHECKING:
    from linli.members.v1.enrolment_pb2_grpc import EnrolmentServiceAsyncStub
    from linli.members.v1.grid_pb2_grpc import GridServiceAsyncStub
    from linli.members.v1.member_pb2_grpc import MemberServiceAsyncStub
    from linli.members.v1.organisation_pb2_grpc import OrganisationServiceAsyncStub

CALLER = Caller(kind=CallerKind.SERVICE, id="test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The stubs of the service."""

    grid: "GridServiceAsyncStub"
    organisation: "OrganisationServiceAsyncStub"
    members: "MemberServiceAsyncStub"
    enrolments: "EnrolmentServiceAsyncStub"
    ring: Callable[[], None]
    """Rings as `events` does when its log has news."""


@asynccontextmanager
async def serving(register: Register, events: Events) -> AsyncGenerator[Client]:
    doorbell = Doorbell(open_broker(None))
    frame = Frame(
        declaration=DECLARATION,
        database=register.database,
        doorbell=doorbell,
        secret=RequestSecret(key_id="test", key=b"not a secret"),
        zone=ZoneInfo(ZONE),
        pull=events.pull,
    )
    rooms = bootstrap(frame)
    server = Server(settings=Settings(port=0, drain_seconds=1.0), registrations=rooms.registrations)
    port = await server.start()
    doorbell.open()
    tasks = [asyncio.create_task(each) for each in [*frame.tasks(rooms), doorbell.run()]]
    try:
        async with open_channel(f"127.0.0.1:{port}", caller=CALLER) as channel:
            yield Client(
                grid=GridServiceStub(channel),
                organisation=OrganisationServiceStub(channel),
                members=MemberServiceStub(channel),
                enrolments=EnrolmentServiceStub(channel),
                ring=lambda: doorbell.ring(listeners=[DECLARATION.name], topic="events"),
            )
    finally:
        await server.drain()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await doorbell.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How a call was refused."""

    code: grpc.StatusCode
    reason: str
    fields: tuple[str, ...]


async def refused(call: Any) -> Refusal:
    """Make a call that must be refused."""
    return read_refusal(status_in(await refusal(call)))


def read_refusal(status: Status) -> Refusal:
    codes = {code.value[0]: code for code in grpc.StatusCode}
    info, bad = ErrorInfo(), BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
    return Refusal(
        code=codes[status.code],
        reason=info.reason,
        fields=tuple(violation.field for violation in bad.field_violations),
    )
