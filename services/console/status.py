"""`linli status`: what runs, and how far every consumer is."""

import json
from typing import Any

from grpc import aio
from linli.admin.v1.admin_pb2 import GetStatusRequest
from linli.admin.v1.admin_pb2_grpc import AdminServiceStub
from rich.console import Console
from rich.table import Table

from services.chassis.settings import Settings
from services.console.answering import find_silent
from services.console.calls import call
from services.console.channels import open_channels
from services.console.configuration import SERVICES, find_targets
from services.console.faults import CallRefused
from services.console.lag import ALARM, LOOK_S, OPERATOR, print_lag, read_lag


async def show_status(settings: Settings, *, as_json: bool) -> bool:
    """Print how every service is, and which do not answer. Returns whether all do.

    Raises:
        CallRefused: None answers.
        ServerNotFound: Nobody has said where they are.
    """
    targets = find_targets(settings)
    async with open_channels(targets, caller=OPERATOR) as channels:
        silent = await find_silent(channels, targets)
        found = {}
        for service in targets.keys() - silent.keys():
            try:
                found[service] = await read_status(channels[service], service)
            except CallRefused as refused:
                silent[service] = refused.message
    if not found:
        raise CallRefused("\n".join(sorted(set(silent.values()))))
    answered = {service: found[service] for service in SERVICES if service in found}
    if as_json:
        told = {service: {"error": why} for service, why in silent.items()}
        print(json.dumps(answered | told, ensure_ascii=False, indent=2))
    else:
        console = Console()
        console.print(_services(answered))
        print_lag(console, answered)
        for service, why in sorted(silent.items()):
            console.print(f"{service}: {why}", style=ALARM, markup=False)
    return not silent


async def read_status(channel: aio.Channel, service: str) -> dict[str, Any]:
    """Read the status of one service, and how far it is with each log it follows."""
    request = GetStatusRequest(service=service)
    get_status = AdminServiceStub(channel).GetStatus
    status = await call(get_status, request, caller=str(OPERATOR), restart_s=LOOK_S)
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
