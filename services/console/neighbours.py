"""Reaches the other services over gRPC, as any caller elsewhere does: their logs, and for jobs their APIs."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from grpc import aio
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse
from linli.feed.v1.feed_pb2_grpc import FactFeedServiceStub

from services.chassis.call import Caller, CallerKind
from services.chassis.faults import DatabaseUnavailable, ServiceUnreachable
from services.chassis.neighbours import Neighbour
from services.chassis.rpc.client import open_channel

_READER: Final = Caller(kind=CallerKind.SERVICE, id="linli")


class Neighbours:
    """The servers that a process calls; where they are may be known only once its own server listens."""

    def __init__(self) -> None:
        self._targets: Mapping[str, str | None] = {}
        self._opened: dict[tuple[str, Caller], aio.Channel] = {}

    @asynccontextmanager
    async def reached_at(self, targets: Mapping[str, str | None]) -> AsyncGenerator[None]:
        """Reach the server of each service at its target, as far as that is known."""
        self._targets = targets
        try:
            yield
        finally:
            self._targets = {}
            for channel in self._opened.values():
                await channel.close(None)
            self._opened.clear()

    async def pull(self, request: PullRequest) -> PullResponse:
        """Pull from the server of the log.

        Raises:
            DatabaseUnavailable: Nobody has said where it is, or not yet.
        """
        try:
            channel = self._channel(request.log, _READER)
        except ServiceUnreachable:
            raise DatabaseUnavailable("It is not known yet where this log is.") from None
        answer: PullResponse = await FactFeedServiceStub(channel).Pull(request)
        return answer

    def of(self, service: str) -> Neighbour:
        """Reach servers in the name of a service."""
        caller = Caller(kind=CallerKind.SERVICE, id=service)
        return lambda asked: self._channel(asked, caller)

    def _channel(self, service: str, caller: Caller) -> aio.Channel:
        """Give the channel of a caller to a server, opened when it is first asked for.

        Raises:
            ServiceUnreachable: Nobody has said where it is, or not yet.
        """
        target = self._targets.get(service)
        if target is None:
            raise ServiceUnreachable(f"It is not known yet where {service} is.", service=service)
        key = (target, caller)
        if key not in self._opened:
            self._opened[key] = open_channel(target, caller=caller)
        return self._opened[key]
