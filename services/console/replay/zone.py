"""Asks whether the servers keep a district in London's time, before anything is written."""

from linli.admin.v1.admin_pb2 import GetStatusRequest
from linli.admin.v1.admin_pb2_grpc import AdminServiceStub

from services.console.calls import call
from services.console.channels import Channels
from services.console.replay.clock import ZONE
from services.console.replay.desk import ORGANISER
from services.console.replay.faults import OtherTimeZone


async def refuse_other_zone(channels: Channels) -> None:
    """Let pass servers of Europe/London.

    Raises:
        OtherTimeZone: Names the first service that has another time zone.
    """
    for service, channel in channels.items():
        status = await call(
            AdminServiceStub(channel).GetStatus, GetStatusRequest(service=service), caller=ORGANISER
        )
        if status.time_zone != ZONE.key:
            raise OtherTimeZone(
                f"The service {service} keeps a district in {status.time_zone}, and this year happened in "
                f"{ZONE.key}; replay it to servers that were made with LINLI_TIME_ZONE={ZONE.key}.",
                service=service,
            )
