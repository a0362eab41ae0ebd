"""A server on a real socket with one RPC of each form, for a contract made up of messages that are there."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool
from linli.feed.v1 import feed_pb2 as pb

from services.chassis.call import Call
from services.chassis.rpc.access import Access
from services.chassis.rpc.client import open_channel
from services.chassis.rpc.server import Server
from services.chassis.rpc.table import Registration, Requests, Rpc
from services.chassis.settings import Settings
from tests.integration.chassis.rpc.serving import CALLER

_FILE = descriptor_pb2.FileDescriptorProto(
    name="linli/trial/v1/trial.proto",
    package="linli.trial.v1",
    dependency=[pb.DESCRIPTOR.name],
    syntax="proto3",
    service=[
        descriptor_pb2.ServiceDescriptorProto(
            name="TrialService",
            method=[
                descriptor_pb2.MethodDescriptorProto(
                    name=name,
                    input_type=f".linli.feed.v1.{request}",
                    output_type=f".linli.feed.v1.{answer}",
                    client_streaming=name == "Collect",
                    server_streaming=name == "Count",
                )
                for name, request, answer in (
                    ("Ask", "GetHeadRequest", "GetHeadResponse"),
                    ("Count", "WatchRequest", "WatchResponse"),
                    ("Collect", "PullRequest", "PullResponse"),
                )
            ],
        )
    ],
)
_ADDED = descriptor_pool.Default().AddSerializedFile(_FILE.SerializeToString())
SERVICE = _ADDED.services_by_name["TrialService"]
REQUEST = pb.WatchRequest(log="trial", max_facts=3)
COUNT, COLLECT = f"/{SERVICE.full_name}/Count", f"/{SERVICE.full_name}/Collect"
SECONDS_MAX = 20.0
"""For what must come; nothing waits so long unless it is broken."""

Count = Callable[[Any, Call], AsyncGenerator[pb.WatchResponse, None]]
Collect = Callable[[Requests, Call], Awaitable[pb.PullResponse]]


async def ask(_request: pb.GetHeadRequest, _call: Call) -> pb.GetHeadResponse:
    return pb.GetHeadResponse()


async def count(request: pb.WatchRequest, _call: Call) -> AsyncGenerator[pb.WatchResponse]:
    """Count to what was asked for."""
    for number in range(1, request.max_facts + 1):
        yield numbered(number)


async def collect(requests: Requests, _call: Call) -> pb.PullResponse:
    """Answer with the sum of what came."""
    return numbered_answer(sum([request.max_facts async for request in requests]))


def numbered(number: int) -> pb.WatchResponse:
    answer = pb.WatchResponse()
    answer.head.position = number
    return answer


def numbered_answer(number: int) -> pb.PullResponse:
    answer = pb.PullResponse()
    answer.head.position = number
    return answer


def number_request(number: int) -> pb.PullRequest:
    return pb.PullRequest(log="trial", max_facts=number)


def server(*, counting: Count = count, collecting: Collect = collect, **settings: Any) -> Server:
    rpcs: Mapping[str, Rpc] = {"Ask": ask, "Count": counting, "Collect": collecting}
    access = {f"{SERVICE.full_name}/{name}": Access.SERVICE for name in rpcs}
    return Server(
        settings=Settings(port=0, **{"drain_seconds": 1.0, **settings}),
        registrations=[Registration(descriptor=SERVICE, rpcs=rpcs, access=access)],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Calls the RPCs over a channel of ours."""

    channel: Any

    async def ask(self) -> None:
        rpc = self.channel.unary_unary(f"/{SERVICE.full_name}/Ask")
        await rpc(pb.GetHeadRequest(log="trial").SerializeToString())

    def count(self, request: pb.WatchRequest = REQUEST, **options: Any) -> Any:
        rpc = self.channel.unary_stream(COUNT, response_deserializer=pb.WatchResponse.FromString)
        return rpc(request.SerializeToString(), **options)

    def collect(self, requests: AsyncIterator[bytes] | None = None, **options: Any) -> Any:
        rpc = self.channel.stream_unary(COLLECT, response_deserializer=pb.PullResponse.FromString)
        return rpc(requests, **options)


@asynccontextmanager
async def trial(**served: Any) -> AsyncGenerator[Client]:
    """Serve on a free port, and call there."""
    here = server(**served)
    port = await here.start()
    try:
        async with open_channel(f"127.0.0.1:{port}", caller=CALLER) as channel:
            yield Client(channel=channel)
    finally:
        await here.drain()


@asynccontextmanager
async def bare_channel(**served: Any) -> AsyncGenerator[Client]:
    """As `trial`, over a channel that states nothing by itself."""
    here = server(**served)
    port = await here.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Client(channel=channel)
    finally:
        await here.drain()


async def sent(*messages: bytes) -> AsyncIterator[bytes]:
    for message in messages:
        yield message


async def stream_refusal(stream: Any) -> grpc.aio.AioRpcError:
    """Read a stream that must be refused, to its end."""
    try:
        while await stream.read() is not grpc.aio.EOF:  # type: ignore[attr-defined] # the stubs lack it
            pass
    except grpc.aio.AioRpcError as error:
        return error
    raise AssertionError("Answered instead of refused.")


async def at_rest(figure: Callable[[], int], client: Client) -> int:
    """Wait until a figure stays as it is while the server answers other calls; gives the figure."""
    calls_in_between, rounds_max = 20, 2_000
    for _ in range(rounds_max):
        before = figure()
        for _ in range(calls_in_between):
            await client.ask()
        if figure() == before:
            return before
    raise AssertionError("It never rests.")
