"""`linli status`: what runs, and how far every consumer is."""

import json
from typing import Any

from grpc import aio
from linli.admin.v1.admin_pb2 import GetStatusRequest
from linli.admin.v1.admin_pb2_grpc import AdminServiceStub
from rich.console import Console
from rich.table import Table

from services.chassis.settings import Settings
from services.console.calls import call, must_answer
from services.console.channels import open_channels
from services.console.configuration import SERVICES, find_targets
from services.console.lag import OPERATOR, print_lag, read_lag


async def show_status(settings: Settings, *, as_json: bool) -> None:
    """Print how every service of the server is.

    Raises:
        CallRefused: The server does not answer.
        ServerNotFound: There is none.
    """
    async with open_channels(find_targets(settings), caller=OPERATOR) as channels:
        await must_answer(channels)
        found = {service: await read_status(channels[service], service) for service in SERVICES}
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        console = Console()
        console.print(_services(found))
        print_lag(console, found)


async def read_status(channel: aio.Channel, service: str) -> dict[str, Any]:
    """Read the status of one service, and how far it is with each log it follows."""
    caller = str(OPERATOR)
    status = await call(AdminServiceStub(channel).GetStatus, GetStatusRequest(service=service), caller=caller)
    lag = await read_lag(channel, service)
    return {
        "version": status.version,
        "database": status.database,
        "schema": status.schema_revision,
        "time_zone": status.time_zone,
        "log_id": status.log_id,
        "head_position": status.head_position,
        **lag,
    }


def _services(found: dict[str, dict[str, Any]]) -> Table:
    table = Table("service", "version", "database", "schema", "head", "dirty", "parked", title="Services")
    for column in table.columns[4:]:
        column.justify = "right"
    for name, status in found.items():
        figures = [status[key] for key in ("head_position", "dirty_subjects", "parked_subjects")]
        words = [status[key] for key in ("version", "database", "schema")]
        table.add_row(name, *words, *(f"{figure:,}" for figure in figures))
    return table
