"""Serves `AdminService`, routed by the service that a request names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from google.protobuf.message import Message
from linli.admin.v1 import admin_pb2
from linli.admin.v1.admin_pb2 import GetStatusRequest, GetStatusResponse, StartVerifyRequest

from services.chassis.call import Call
from services.chassis.facts.log import read_head
from services.chassis.facts.waiting import count_waiting
from services.chassis.faults import Fault, ServiceUnknown
from services.chassis.frame import Frame
from services.chassis.jobs.verify import KIND as VERIFY
from services.chassis.rpc.access import Access
from services.chassis.rpc.table import Registration, Rpc, Unary
from services.chassis.sql.migrations import CHASSIS, read_revisions
from services.chassis.work import Work, Written

SERVICE = admin_pb2.DESCRIPTOR.services_by_name["AdminService"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartVerify:
    """Ask for a verify job."""


async def start_verify(work: Work, commands: Sequence[StartVerify]) -> list[Written | Fault]:
    """Start one verify job per command."""
    return [Written(id=await work.start_job(kind=VERIFY, parameters={})) for _ in commands]


def administration(frames: Mapping[str, Frame]) -> Registration:
    """Serve the administration of these services, by name."""

    def frame_of(service: str) -> Frame:
        if service not in frames:
            raise ServiceUnknown(service=service, known=", ".join(sorted(frames)))
        return frames[service]

    async def get_status(request: GetStatusRequest, _call: Call) -> GetStatusResponse:
        frame = frame_of(request.service)
        streams = [CHASSIS, frame.declaration.migrations]
        revisions = await read_revisions(frame.database, streams)
        async with frame.database.read() as connection:
            head = await read_head(connection)
            waiting, parked = await count_waiting(connection)
        return GetStatusResponse(
            version=version("linli"),
            database=await frame.database.version(),
            schema_revision=", ".join(f"{stream} {revision}" for stream, revision in revisions.items()),
            log_id=head.log_id,
            head_position=head.position,
            time_zone=frame.zone.key,
            dirty_subjects=waiting,
            parked_subjects=parked,
        )

    verifies: dict[str, Unary] = {
        name: frame.writes(SERVICE, {}).rpcs("StartVerify", decode=_decode, usecase=start_verify)[
            "StartVerify"
        ]
        for name, frame in frames.items()
    }

    async def verify(request: StartVerifyRequest, call: Call) -> Message:
        return await verifies[frame_of(request.service).name](request, call)

    rpcs: dict[str, Rpc] = {"GetStatus": get_status, "StartVerify": verify}
    return Registration(
        descriptor=SERVICE,
        rpcs=rpcs,
        access={f"{SERVICE.full_name}/{name}": Access.ANYONE for name in rpcs},
    )


def _decode(_request: StartVerifyRequest, _call: Call) -> StartVerify:
    return StartVerify()
