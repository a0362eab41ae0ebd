"""Pulls logs over gRPC from the servers that hold them, as any consumer elsewhere does."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

from linli.feed.v1.feed_pb2 import PullRequest, PullResponse
from linli.feed.v1.feed_pb2_grpc import FactFeedServiceStub

from services.chassis.call import Caller, CallerKind
from services.chassis.facts.pulling import Pull
from services.chassis.faults import DatabaseUnavailable
from services.console.channels import open_channels

_READER = Caller(kind=CallerKind.SERVICE, id="linli")


class Feeds:
    """The logs that a process pulls; where they are may be known only once its own server listens."""

    def __init__(self) -> None:
        self._pulls: dict[str, Pull] = {}

    @asynccontextmanager
    async def reached_at(self, targets: Mapping[str, str | None]) -> AsyncGenerator[None]:
        """Reach the log of each service at its target, as far as that is known."""
        known = {service: target for service, target in targets.items() if target}
        async with open_channels(known, caller=_READER) as channels:
            self._pulls = {log: FactFeedServiceStub(channel).Pull for log, channel in channels.items()}
            yield

    async def pull(self, request: PullRequest) -> PullResponse:
        """Pull from the server of the log.

        Raises:
            DatabaseUnavailable: Nobody has said where it is, or not yet.
        """
        pull = self._pulls.get(request.log)
        if pull is None:
            raise DatabaseUnavailable("It is not known yet where this log is.")
        return await pull(request)
