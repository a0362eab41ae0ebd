"""Channels to the servers of all services, by the service's name."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeAlias

from grpc import aio

from services.chassis.call import Caller
from services.chassis.rpc.client import open_channel

Channels: TypeAlias = Mapping[str, aio.Channel]


@asynccontextmanager
async def open_channels(targets: Mapping[str, str], *, caller: Caller) -> AsyncGenerator[Channels]:
    """Open a channel to each server; services that one server runs share one.

    Args:
        targets: Host and port of each service's server.
        caller: Stated on every call that does not state another.
    """
    async with AsyncExitStack() as stack:
        opened = {
            target: await stack.enter_async_context(open_channel(target, caller=caller))
            for target in sorted(set(targets.values()))
        }
        yield {service: opened[target] for service, target in targets.items()}
