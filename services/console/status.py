"""`linli status`: what runs, and how far every consumer is."""

import json
from typing import Any

from grpc import aio
from linli.admin.v1.admin_pb2 import GetStatusRequest
from linli.admin.v1.admin_pb2_grpc import AdminServiceStub
from linli.feed.v1.consumer_pb2 import GetLagRequest
from linli.feed.v1.consumer_pb2_grpc import FactConsumerServiceStub
from rich.console import Console
from rich.table import Table

from services.chassis.call import Caller, CallerKind
from services.chassis.settings import Settings
from services.console.calls import call
from services.console.channels import open_channels
from services.console.configuration import SERVICES, find_targets

OPERATOR = Caller(kind=CallerKind.SERVICE, id="linli-cli")


async def show_status(settings: Settings, *, as_json: bool) -> None:
    """Print how every service of the server is.

    Raises:
        CallRefused: The server does not answer.
        ServerNotFound: There is none.
    """
    async with open_channels(find_targets(settings), caller=OPERATOR) as channels:
        found = {service: await read_status(channels[service], service) for service in SERVICES}
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for table in _tables(found):
            Console().print(table)


async def read_status(channel: aio.Channel, service: str) -> dict[str, Any]:
    """Read the status of one service, and how far it is with each log it follows."""
    caller = str(OPERATOR)
    status = await call(AdminServiceStub(channel).GetStatus, GetStatusRequest(service=service), caller=caller)
    lag = await call(FactConsumerServiceStub(channel).GetLag, GetLagRequest(consumer=service), caller=caller)
    return {
        "version": status.version,
        "database": status.database,
        "schema": status.schema_revision,
        "time_zone": status.time_zone,
        "log_id": status.log_id,
        "head_position": status.head_position,
        "dirty_subjects": status.dirty_subjects,
        "parked_subjects": status.parked_subjects,
        "follows": {
            log.log: {
                "head_position": log.head_position,
                "received_position": log.received_position,
                "applied_position": log.applied_position,
                "lag": log.head_position - log.applied_position,
            }
            for log in lag.lags
        },
    }


def _tables(found: dict[str, dict[str, Any]]) -> list[Table]:
    services = Table("service", "version", "database", "schema", "head", "dirty", "parked", title="Services")
    consumers = Table("consumer", "log", "head", "received", "applied", "lag", title="Consumers")
    for name, status in found.items():
        figures = [status[key] for key in ("head_position", "dirty_subjects", "parked_subjects")]
        words = [status[key] for key in ("version", "database", "schema")]
        services.add_row(name, *words, *(f"{figure:,}" for figure in figures))
        for log, lag in status["follows"].items():
            consumers.add_row(name, log, *(f"{figure:,}" for figure in lag.values()))
    for table, first_figure in ((services, 4), (consumers, 2)):
        for column in table.columns[first_figure:]:
            column.justify = "right"
    return [services, consumers]
