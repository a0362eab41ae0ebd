"""Who may send calls here (readiness), and whether the process lives (liveness).

`liveness` is SERVING as long as the process answers at all: only when it does not should somebody restart it.
The empty name and the proto services follow readiness: they stop before the server drains, so that load
balancers look elsewhere.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, Final

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthServicer, add_HealthServicer_to_server

LIVENESS: Final = "liveness"
WHOLE_SERVER: Final = ""


class Health:
    """The state that `grpc.health.v1` tells; nothing is ready until it is said to be."""

    def __init__(self, *, services: Sequence[str]) -> None:
        self._ready = dict.fromkeys(services, False)
        self._servicer = _Servicer()
        self._servicer.tell(LIVENESS, serving=True)
        self.set_ready(False)

    def open(self, *, server: grpc.aio.Server) -> None:
        """Answer health checks on a server; before it starts."""
        add_HealthServicer_to_server(self._servicer, server)

    def set_ready(self, ready: bool, *, services: Collection[str] | None = None) -> None:
        """State whether services (default: all) take calls; the whole server does when each of them does.

        Raises:
            ValueError: A service is not served here.
        """
        if unknown := sorted(set(services or ()) - self._ready.keys()):
            raise ValueError(f"Not served here: {', '.join(unknown)}.")
        for service in self._ready if services is None else services:
            self._ready[service] = ready
            self._servicer.tell(service, serving=ready)
        self._servicer.tell(WHOLE_SERVER, serving=all(self._ready.values()))

    def end(self) -> None:
        """Tell whoever watches the last state and let them go: a watcher would hold a draining server."""
        self._servicer.end()


class _Servicer(HealthServicer):  # type: ignore[misc] # it comes without types
    """Not the one that grpcio brings: its watchers never end by themselves."""

    def __init__(self) -> None:
        self._states: dict[str, HealthCheckResponse.ServingStatus] = {}
        self._changed = asyncio.Event()
        self._ended = False

    def tell(self, service: str, *, serving: bool) -> None:
        state = HealthCheckResponse.SERVING if serving else HealthCheckResponse.NOT_SERVING
        self._states[service] = state
        self._wake()

    def end(self) -> None:
        self._ended = True
        self._wake()

    async def Check(self, request: HealthCheckRequest, context: Any) -> HealthCheckResponse:  # noqa: N802 - grpc's
        state = self._states.get(request.service)
        if state is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, "That service is not served here.")
        return HealthCheckResponse(status=state)

    async def Watch(self, request: HealthCheckRequest, context: Any) -> None:  # noqa: N802 - grpc's
        told = None
        while True:
            changed = self._changed
            state = self._states.get(request.service, HealthCheckResponse.SERVICE_UNKNOWN)
            if state != told:
                await context.write(HealthCheckResponse(status=state))
                told = state
            elif self._ended:
                return
            else:
                await changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
