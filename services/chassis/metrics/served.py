"""Answers Prometheus, on a port of its own and in a thread of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from prometheus_client import start_http_server

from services.chassis.faults import AddressUnavailable
from services.chassis.metrics.declared import REGISTRY
from services.chassis.rpc.server import must_be_free, must_be_trusted
from services.chassis.settings import Settings

_log = structlog.get_logger()


@contextmanager
def metrics_served(settings: Settings, /) -> Iterator[int | None]:
    """Show the metrics of this process as long as the block runs; gives the port, None if none is set.

    Raises:
        AddressUnavailable: Somebody listens there, or the address is not of this machine, or the network
            could reach it and is not trusted.
    """
    if settings.metrics_port is None:
        yield None
        return
    must_be_trusted(settings)
    must_be_free(host=settings.host, port=settings.metrics_port)
    try:
        server, thread = start_http_server(settings.metrics_port, addr=settings.host, registry=REGISTRY)
    except OSError as error:
        raise AddressUnavailable(
            f"Cannot show metrics on port {settings.metrics_port}: {error.strerror}. Choose another port."
        ) from error
    try:
        _log.info("metrics.server.started", host=settings.host, port=server.server_port)
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
