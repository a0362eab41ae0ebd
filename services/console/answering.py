"""Channels to servers that answer for their services: asked first, so that a command fails at once."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Final

import grpc
from grpc import aio
from grpc_health.v1.health_pb2 import HealthCheckRequest
from grpc_health.v1.health_pb2_grpc import HealthStub

from services.chassis.call import Caller
from services.console.channels import Channels, open_channels
from services.console.faults import CallRefused

ANSWER_S: Final = 10.0
SERVED: Final = {
    "members": "linli.members.v1.MemberService",
    "events": "linli.events.v1.ActivityService",
    "points": "linli.points.v1.LedgerService",
}
"""What a server of the service serves and no other does."""


@asynccontextmanager
async def answering(
    targets: Mapping[str, str], *, caller: Caller, only: Collection[str] | None = None
) -> AsyncGenerator[Channels]:
    """Open channels to servers, each of which answers for its service.

    Args:
        targets: Host and port of each service's server.
        caller: Stated on every call that does not state another.
        only: The services that the command is about. Default: all.

    Raises:
        CallRefused: Names every service whose server does not answer, and where it should be.
    """
    chosen = {name: target for name, target in targets.items() if only is None or name in only}
    async with open_channels(chosen, caller=caller) as channels:
        silent = await find_silent(channels, chosen)
        if silent:
            raise CallRefused(" ".join(dict.fromkeys(silent.values())))
        yield channels


async def find_silent(channels: Channels, targets: Mapping[str, str]) -> dict[str, str]:
    """Say, by service, why it does not answer at its target; empty if all do."""
    questions = (_silence(channels[name], name, target) for name, target in targets.items())
    asked = await asyncio.gather(*questions)
    return {name: why for name, why in zip(targets, asked, strict=True) if why}


async def _silence(channel: aio.Channel, service: str, target: str) -> str:
    try:
        await HealthStub(channel).Check(HealthCheckRequest(service=SERVED[service]), timeout=ANSWER_S)
    except aio.AioRpcError as error:
        if error.code() is grpc.StatusCode.NOT_FOUND:
            return (
                f"The server at {target} does not serve {service}; "
                f"say where that is with LINLI_{service.upper()}_TARGET."
            )
        return f"No server answers at {target}; start it, or say where it is."
    return ""
