"""One service on a real socket, with everything that runs beside it, and refusals as its callers see them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import grpc
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from google.rpc.status_pb2 import Status

from services.chassis.doorbell import Doorbell
from services.chassis.facts.feed import feed
from services.chassis.facts.pulling import Pull
from services.chassis.frame import Declaration, Frame, Rooms
from services.chassis.neighbours import Neighbour, nowhere
from services.chassis.ring_broker import open_broker
from services.chassis.roles import Role, listener
from services.chassis.rpc.pipeline import STATUS_KEY
from services.chassis.rpc.server import Server
from services.chassis.settings import Settings
from services.chassis.sql.database import Database
from tests.integration.databases import SECRET, ZONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A service that runs."""

    target: str
    ring: Callable[[str], None]
    """Rings at it as the service does whose log has news."""


@asynccontextmanager
async def running(
    declaration: Declaration,
    bootstrap: Callable[[Frame], Rooms],
    *,
    database: Database,
    pull: Pull,
    channel: Neighbour = nowhere,
) -> AsyncGenerator[Running]:
    """Serve on a free port."""
    doorbell = Doorbell(open_broker(None))
    frame = Frame(
        declaration=declaration,
        database=database,
        doorbell=doorbell,
        secret=SECRET,
        zone=ZoneInfo(ZONE),
        pull=pull,
        channel=channel,
    )
    rooms = bootstrap(frame)
    # So seldom does the feed look by itself that whatever it tells in a test it was woken for.
    served = [*rooms.registrations, feed({declaration.name: frame}, poll_seconds=3600.0)]
    server = Server(settings=Settings(port=0, drain_seconds=1.0), registrations=served)
    port = await server.start()
    # Receivers say here what they listen to, so the doorbell opens after them.
    work = frame.work(rooms)
    doorbell.open()
    tasks = [asyncio.create_task(each) for each in [frame.door.run(), *work, doorbell.run()]]
    try:
        yield Running(
            target=f"127.0.0.1:{port}",
            ring=lambda log: doorbell.ring(listeners=[listener(declaration.name, Role.RECEIVE)], topic=log),
        )
    finally:
        await server.drain()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await doorbell.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How a call, or an item of a batch, was refused."""

    code: grpc.StatusCode
    reason: str
    fields: tuple[str, ...]


async def refused(call: Any) -> Refusal:
    """Make a call that must be refused."""
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        trailing: dict[str, Any] = dict(error.trailing_metadata() or ())  # type: ignore[arg-type] # stubs
        return refusal(Status.FromString(trailing[STATUS_KEY]))
    raise AssertionError(f"Answered instead of refused: {answer}")


def refusal(status: Status) -> Refusal:
    codes = {code.value[0]: code for code in grpc.StatusCode}
    info, bad = ErrorInfo(), BadRequest()
    _unpack(status, info)
    _unpack(status, bad)
    return Refusal(
        code=codes[status.code],
        reason=info.reason,
        fields=tuple(violation.field for violation in bad.field_violations),
    )


def _unpack(status: Status, detail: Message) -> None:
    for each in status.details:
        each.Unpack(detail)
