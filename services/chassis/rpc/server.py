"""The gRPC server of a process: all its services on one port."""

import socket
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import grpc
import structlog
from grpc_health.v1.health import SERVICE_NAME as HEALTH
from grpc_reflection.v1alpha.reflection import SERVICE_NAME as REFLECTION
from grpc_reflection.v1alpha.reflection import enable_server_reflection
from structlog.typing import FilteringBoundLogger

from services.chassis.faults import AddressUnavailable
from services.chassis.rpc.health import Health
from services.chassis.rpc.pipeline import Handler, Pipeline
from services.chassis.rpc.table import Registration
from services.chassis.setting_values import is_loopback
from services.chassis.settings import Settings

_OPTIONS: Final = (
    # Two processes on one port would share the calls between them.
    ("grpc.so_reuseport", 0),
    # A peer that is gone is noticed within 80 s; one that pings more often than every 10 s is cut off.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
)

_log: FilteringBoundLogger = structlog.get_logger()


class Server:
    """Serves what is registered, from `start` to `drain`.

    server = Server(settings=settings, registrations=[...])
    port = await server.start()
    await server.set_ready(True)
    ...  # until somebody asks the process to stop
    await server.drain()
    """

    def __init__(self, *, settings: Settings, registrations: Sequence[Registration]) -> None:
        """Put the RPCs together.

        Raises:
            ValueError: A table is not complete, or a service is registered twice.
        """
        self._settings = settings
        self._pipeline = Pipeline.of(settings)
        self._names = [registration.descriptor.full_name for registration in registrations]
        self._health = Health(services=self._names)
        self._server = grpc.aio.server(
            options=[
                *_OPTIONS,
                ("grpc.max_receive_message_length", settings.message_bytes_max),
                ("grpc.max_send_message_length", settings.message_bytes_max),
            ]
        )
        self._server.add_generic_rpc_handlers((_Handlers(self._pipeline.handlers(registrations)),))

    async def start(self) -> int:
        """Listen, and answer health checks; callers are let in at once, so be ready.

        Returns:
            The port, also where the system chose it.

        Raises:
            AddressUnavailable: Somebody listens there, or the address is not of this machine, or the network
                could reach it and is not trusted.
        """
        host, port = self._settings.host, self._settings.port
        must_be_trusted(self._settings)
        if not is_loopback(host):
            _log.warning("rpc.server.network_trusted", host=host)
        self._health.open(server=self._server)
        if self._settings.reflection:
            enable_server_reflection([*self._names, HEALTH, REFLECTION], self._server)
        bound = _bind(self._server, host=host, port=port)
        await self._server.start()
        _log.info("rpc.server.started", host=host, port=bound, services=len(self._names))
        return bound

    async def set_ready(self, ready: bool, *, services: Collection[str] | None = None) -> None:
        """Tell health checks whether services (default: all) take calls."""
        self._health.set_ready(ready, services=services)

    async def drain(self) -> None:
        """Stop: no longer ready, then no new calls; running ones may end within `drain_seconds`.

        Streams that would stay open, and watchers of health, are ended at once.
        """
        self._health.set_ready(False)
        _log.info("rpc.server.draining", calls_running=self._pipeline.calls.running)
        self._health.end()
        self._pipeline.staying.end()
        await self._server.stop(self._settings.drain_seconds)
        _log.info("rpc.server.stopped")


class _Handlers(grpc.GenericRpcHandler):  # type: ignore[type-arg] # generic in the stubs only
    """Finds what answers an RPC."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers

    def service(self, details: grpc.HandlerCallDetails) -> "Handler | None":
        return self._handlers.get(details.method)


def must_be_trusted(settings: Settings) -> None:
    """Refuse to listen where other machines reach the process, unless the network is trusted.

    Raises:
        AddressUnavailable: They do, and it is not.
    """
    if not is_loopback(settings.host) and not settings.trust_network:
        raise AddressUnavailable(
            f"{settings.host} can be reached from other machines: use 127.0.0.1, or set trust_network."
        )


def must_be_free(*, host: str, port: int) -> None:
    """Look whether somebody else listens there, before anything is made that a refused start would leave.

    Raises:
        AddressUnavailable: Somebody does, or the address is not of this machine.
    """
    try:
        _try_address(host, port)
    except OSError as error:
        raise AddressUnavailable(
            f"Cannot listen on {_address(host, port)}: {error.strerror}. "
            "Stop what listens there or choose another port."
        ) from error


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _bind(server: grpc.aio.Server, *, host: str, port: int) -> int:
    must_be_free(host=host, port=port)
    address = _address(host, port)
    try:
        return server.add_insecure_port(address)
    except RuntimeError as error:
        raise AddressUnavailable(
            f"Cannot listen on {address}. Stop what listens there or choose another port."
        ) from error


def _try_address(host: str, port: int) -> None:
    """Bind and let go: unlike grpc this says why it failed, and writes nothing to the terminal."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        attempt.bind(address)
