"""Who may send calls here (readiness), and whether the process lives (liveness).

`liveness` is SERVING as long as the process answers at all: only when it does not should somebody restart it.
The empty name and the proto services follow readiness: they stop before the server drains, so that load
balancers look elsewhere.
"""

from collections.abc import Collection, Sequence
from typing import Final

import grpc
from grpc_health.v1.health import aio as health  # type: ignore[attr-defined] # the stubs leave it out
from grpc_health.v1.health_pb2 import HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server

LIVENESS: Final = "liveness"
WHOLE_SERVER: Final = ""


class Health:
    """The state that `grpc.health.v1` tells; nothing is ready until it is said to be."""

    def __init__(self, *, services: Sequence[str]) -> None:
        self._servicer = health.HealthServicer()
        self._ready = dict.fromkeys(services, False)

    async def open(self, *, server: grpc.aio.Server) -> None:
        """Answer health checks on a server; before it starts."""
        add_HealthServicer_to_server(self._servicer, server)
        await self._tell(LIVENESS, serving=True)
        await self.set_ready(False)

    async def set_ready(self, ready: bool, *, services: Collection[str] | None = None) -> None:
        """State whether services (default: all) take calls; the whole server does when each of them does."""
        if unknown := sorted(set(services or ()) - self._ready.keys()):
            raise ValueError(f"Not served here: {', '.join(unknown)}.")
        for service in self._ready if services is None else services:
            self._ready[service] = ready
            await self._tell(service, serving=ready)
        await self._tell(WHOLE_SERVER, serving=all(self._ready.values()))

    async def _tell(self, service: str, *, serving: bool) -> None:
        state = HealthCheckResponse.SERVING if serving else HealthCheckResponse.NOT_SERVING
        await self._servicer.set(service, state)
