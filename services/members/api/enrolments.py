"""Serves `EnrolmentService`."""

from functools import partial
from typing import Final

from linli.members.v1 import enrolment_pb2
from linli.members.v1.enrolment_pb2 import (
    GetEnrolmentRequest,
    GetEnrolmentResponse,
    GetParticipationRequest,
    GetParticipationResponse,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.call import Call
from services.chassis.facts.waiting import read_freshness
from services.chassis.frame import Frame
from services.chassis.moments import stated_moment
from services.chassis.periods import Period
from services.chassis.rpc.table import Registration
from services.members.api import translate_enrolments as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.domain.faults import MemberUnknown, NodeUnknown, NotEnrolled
from services.members.domain.participation import counted_at, refuse_below_community
from services.members.storage.enrolments import read_in_force
from services.members.storage.grid_nodes import read_nodes
from services.members.storage.members import read_survivors
from services.members.storage.participations import read_turnout
from services.members.storage.work_units import read_unit_id
from services.members.usecases.end_enrolments import end_enrolments
from services.members.usecases.enrol import enrol

SERVICE: Final = enrolment_pb2.DESCRIPTOR.services_by_name["EnrolmentService"]


def enrolment_service(frame: Frame) -> Registration:
    async def get(request: GetEnrolmentRequest, _call: Call) -> GetEnrolmentResponse:
        as_of = stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            at = as_of or await frame.database.now(connection)
            members = await read_survivors(connection, [request.member_id])
            if request.member_id not in members:
                raise MemberUnknown(field="member_id", member_id=request.member_id)
            found = await read_in_force(connection, member_id=members[request.member_id].id, at=at)
        if found is None:
            raise NotEnrolled(member_id=request.member_id, at=at.isoformat())
        return GetEnrolmentResponse(enrolment=translate.enrolment(found))

    async def participation(request: GetParticipationRequest, call: Call) -> GetParticipationResponse:
        period = Period.parse(request.period_id, zone=frame.zone)
        await frame.waiting.for_applied(request.at_least, call)
        async with frame.database.read() as connection:
            await _refuse_unknown(connection, request)
            freshness = await read_freshness(frame.database, connection)
            turnout = await read_turnout(
                connection,
                period=period,
                counted_at=counted_at(period=period, now=await frame.database.now(connection)),
                node_id=request.node_id or None,
                work_unit_id=await read_unit_id(connection, request.work_unit_id),
            )
        return GetParticipationResponse(
            enrolled=turnout.enrolled,
            participating=turnout.participating,
            participation_basis_points=turnout.basis_points,
            freshness=freshness,
        )

    writes = frame.writes(SERVICE, CODES)
    return Registration(
        descriptor=SERVICE,
        rpcs={
            **writes.rpcs(
                "Enrol", batch="BatchEnrol", decode=translate.enrol, usecase=partial(enrol, zone=frame.zone)
            ),
            **writes.rpcs(
                "EndEnrolment",
                batch="BatchEndEnrolments",
                decode=translate.end_enrolment,
                usecase=partial(end_enrolments, zone=frame.zone),
            ),
            "GetEnrolment": get,
            "GetParticipation": participation,
        },
        access=ACCESS,
        codes=CODES,
    )


async def _refuse_unknown(connection: AsyncConnection, request: GetParticipationRequest) -> None:
    if request.node_id:
        found = await read_nodes(connection, [request.node_id])
        if request.node_id not in found:
            raise NodeUnknown(field="node_id", node_id=request.node_id)
        refuse_below_community(found[request.node_id])
