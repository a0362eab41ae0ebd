"""A server on a real socket, with RPCs that a test makes up for a contract that is there anyway."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import grpc
from google.rpc.status_pb2 import Status
from linli.jobs.v1 import jobs_pb2 as pb
from linli.jobs.v1.jobs_pb2_grpc import JobServiceStub

from services.chassis.call import Call, Caller, CallerKind
from services.chassis.rpc.access import Access
from services.chassis.rpc.client import open_channel
from services.chassis.rpc.pipeline import STATUS_KEY
from services.chassis.rpc.server import Server
from services.chassis.rpc.table import CodeTable, Registration, Rpc
from services.chassis.settings import Settings

if TYPE_CHECKING:
    from linli.jobs.v1.jobs_pb2_grpc import JobServiceAsyncStub

SERVICE = pb.DESCRIPTOR.services_by_name["JobService"]
GET_JOB = f"{SERVICE.full_name}/GetJob"
CALLER = Caller(kind=CallerKind.SERVICE, id="test")
REQUEST = pb.GetJobRequest(service="members", job_id="j1")
METADATA = (("linli-caller", str(CALLER)),)

EVERYBODY: Mapping[str, Access] = {
    f"{SERVICE.full_name}/{method.name}": Access.ANYONE for method in SERVICE.methods
}


async def get_job(request: pb.GetJobRequest, _call: Call) -> pb.GetJobResponse:
    return pb.GetJobResponse(job=pb.Job(job_id=request.job_id))


async def list_jobs(_request: pb.ListJobsRequest, _call: Call) -> pb.ListJobsResponse:
    return pb.ListJobsResponse()


def registration(
    answering: Rpc = get_job, *, access: Mapping[str, Access] = EVERYBODY, codes: CodeTable | None = None
) -> Registration:
    return Registration(
        descriptor=SERVICE,
        rpcs={"GetJob": answering, "ListJobs": list_jobs},
        access=access,
        codes=codes or {},
    )


@asynccontextmanager
async def serving(
    answering: Rpc = get_job,
    *,
    access: Mapping[str, Access] = EVERYBODY,
    codes: CodeTable | None = None,
    **settings: Any,
) -> AsyncIterator[str]:
    """Serve on a free port; gives the address."""
    server = Server(
        settings=Settings(port=0, **{"drain_seconds": 1.0, **settings}),
        registrations=[registration(answering, access=access, codes=codes)],
    )
    port = await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.drain()


@asynccontextmanager
async def calling(target: str, caller: Caller = CALLER) -> AsyncIterator["JobServiceAsyncStub"]:
    async with open_channel(target, caller=caller) as channel:
        yield JobServiceStub(channel)


def raw_call(target: grpc.aio.Channel, raw: bytes, *, path: str = GET_JOB, **options: Any) -> Any:
    """Call `GetJob` with bytes of one's own, and with no metadata but what is given."""
    channel: Any = target
    return channel.unary_unary(f"/{path}")(raw, **options)


async def refusal(call: Any) -> grpc.aio.AioRpcError:
    """Await a call that must be refused."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return error
    raise AssertionError(f"Answered instead of refused: {answer}")


def status_in(error: grpc.aio.AioRpcError) -> Status:
    trailing: dict[str, Any] = dict(error.trailing_metadata() or ())  # type: ignore[arg-type] # stubs
    return Status.FromString(trailing.get(STATUS_KEY, b""))


def detail_in(error: grpc.aio.AioRpcError, kind: Any) -> Any:
    """Give the one detail of a kind, or None."""
    found = [detail for detail in status_in(error).details if detail.Is(kind.DESCRIPTOR)]
    if not found:
        return None
    (packed,) = found
    message = kind()
    packed.Unpack(message)
    return message
