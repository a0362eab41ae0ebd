"""The events service behind doors of several kinds: `python -m tests.benchmarks.doors URL`.

One process. It says on which port each kind listens, and serves until its standard input ends.
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from typing import Any, Final
from zoneinfo import ZoneInfo

import grpc
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse

from services.chassis.door import Door, Effect, Item, Parcel
from services.chassis.doorbell import Doorbell
from services.chassis.faults import Fault
from services.chassis.frame import Frame
from services.chassis.garbage import spare_what_stays
from services.chassis.line import Line
from services.chassis.logs import configure_logs
from services.chassis.ring_broker import open_broker
from services.chassis.rpc.server import Server
from services.chassis.settings import LogFormat, Settings
from services.chassis.sql.database import CONNECTIONS_MAX, Database
from services.events.bootstrap import DECLARATION, bootstrap
from tests.benchmarks.programs import Answer, answer_questions, say
from tests.integration.databases import SECRET, ZONE, opened

ECHO: Final = "/linli.benchmarks.Echo/Echo"


class NullDoor(Door):
    """The same door, and behind it a transaction that does nothing: what gRPC and waiting alone cost."""

    async def _transact(self, items: list[Item], **_how: bool) -> list[Effect | Fault]:
        return [Effect(id=item.request.key.request_id, position=1) for item in items]


class LoneDoor(Door):
    """One call is one transaction, and as many run at once as there are connections."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        # Here and not at the pool, where who waits too long is refused.
        self._connections = asyncio.Semaphore(CONNECTIONS_MAX)

    async def submit(self, parcel: Parcel) -> list[Effect | Fault]:
        async with self._connections:
            return await self._decide([parcel])


class EagerDoor(Door):
    """Waits for nobody."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self._line = Line(wait_seconds_max=0.0)


DOORS: Final[dict[str, type[Door]]] = {"door": Door, "eager": EagerDoor, "null": NullDoor, "lone": LoneDoor}


async def _pull(_request: PullRequest) -> PullResponse:
    return PullResponse()


def _framed(database: Database, kind: type[Door]) -> Frame:
    frame = Frame(
        declaration=DECLARATION,
        database=database,
        doorbell=Doorbell(open_broker(None)),
        secret=SECRET,
        zone=ZoneInfo(ZONE),
        pull=_pull,
    )
    frame.door = kind(database=database, log=frame.name, secret=SECRET, after_commit=lambda _work: None)
    return frame


async def _echo(raw: bytes, _context: Any) -> bytes:
    return raw


class _EchoHandlers(grpc.GenericRpcHandler):  # type: ignore[type-arg] # generic in the stubs only
    def service(self, details: grpc.HandlerCallDetails) -> Any:
        return grpc.unary_unary_rpc_method_handler(_echo) if details.method == ECHO else None


async def serve(url: str) -> None:
    configure_logs(log_format=LogFormat.JSON)
    settings = Settings(port=0)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            opened(url, schema=DECLARATION.name, own=[DECLARATION.migrations])
        )
        ports: Answer = {}
        tasks = []
        for name, kind in DOORS.items():
            frame = _framed(database, kind)
            server = Server(settings=settings, registrations=bootstrap(frame).registrations)
            ports[name] = await server.start()
            stack.push_async_callback(server.drain)
            tasks.append(asyncio.create_task(frame.door.run()))
        echo = grpc.aio.server()
        echo.add_generic_rpc_handlers((_EchoHandlers(),))
        ports["echo"] = echo.add_insecure_port("127.0.0.1:0")
        await echo.start()
        spare_what_stays()
        say(ports)
        await answer_questions(_nothing_to_answer)


async def _nothing_to_answer(_question: Answer) -> Answer:
    return {}


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
