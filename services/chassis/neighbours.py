"""The public APIs of the other services, for jobs: read as any caller reads them, outside of transactions."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import grpc

from services.chassis.faults import ServiceUnreachable

Answer = TypeVar("Answer")

Neighbour = Callable[[str], grpc.aio.Channel]
"""Gives the channel to the server of a service, by name.

It raises `ServiceUnreachable` while nobody has said where that is.
"""

AWAY: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        # A server of an earlier version, which is about to be replaced.
        grpc.StatusCode.UNIMPLEMENTED,
    }
)


def nowhere(service: str) -> grpc.aio.Channel:
    """Reach nobody, where nobody is to be reached."""
    raise ServiceUnreachable(f"It is not known where {service} is.", service=service)


async def answer_of(service: str, call: Awaitable[Answer]) -> Answer:
    """Wait for what another service answers.

    Raises:
        ServiceUnreachable: It does not answer now; whoever asks waits and asks again.
        grpc.aio.AioRpcError: It refuses, which asking again does not change.
    """
    try:
        return await call
    except grpc.aio.AioRpcError as error:
        if error.code() not in AWAY:
            raise
        why = error.details() or error.code().name
        raise ServiceUnreachable(f"{service} does not answer now: {why}", service=service) from error
