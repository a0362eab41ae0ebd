"""Serves `AffiliationService`."""

from functools import partial
from typing import Final

from linli.members.v1 import affiliation_pb2
from linli.members.v1.affiliation_pb2 import (
    ChangeWorkUnitRequest,
    GetAffiliationRequest,
    GetAffiliationResponse,
)

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.moments import stated_moment
from services.chassis.rpc.table import Registration
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.domain.affiliation import unit_at
from services.members.domain.faults import MemberUnknown
from services.members.storage.enrolments import read_in_force
from services.members.storage.members import read_survivors
from services.members.storage.work_units import read_current
from services.members.usecases.change_work_unit_of_members import (
    ChangeWorkUnit,
    change_work_unit_of_members,
)

SERVICE: Final = affiliation_pb2.DESCRIPTOR.services_by_name["AffiliationService"]


def affiliation_service(frame: Frame) -> Registration:
    async def get(request: GetAffiliationRequest, _call: Call) -> GetAffiliationResponse:
        as_of = stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            at = as_of or await frame.database.now(connection)
            found = await read_survivors(connection, [request.member_id])
            if request.member_id not in found:
                raise MemberUnknown(field="member_id", member_id=request.member_id)
            member = found[request.member_id]
            enrolment = await read_in_force(connection, member_id=member.id, at=at)
            unit_id = unit_at(member, at)
            current = await read_current(connection, [unit_id] if unit_id else [])
        return GetAffiliationResponse(
            member_id=member.id,
            community_id=enrolment.community_id if enrolment else "",
            enrolment_id=enrolment.id if enrolment else "",
            work_unit_id=unit_id or "",
            current_work_unit_id=current[unit_id].id if unit_id else "",
        )

    writes = frame.writes(SERVICE, CODES).rpcs(
        "ChangeWorkUnit",
        batch="BatchChangeWorkUnits",
        decode=_change_work_unit,
        usecase=partial(change_work_unit_of_members, zone=frame.zone),
    )
    return Registration(
        descriptor=SERVICE, rpcs={**writes, "GetAffiliation": get}, access=ACCESS, codes=CODES
    )


def _change_work_unit(request: ChangeWorkUnitRequest, call: Call) -> ChangeWorkUnit:
    return ChangeWorkUnit(
        member_id=request.member_id,
        work_unit_id=request.work_unit_id or None,
        occurred_at=stated_moment(request),
        reason=request.reason,
        stated_by=str(call.caller),
    )
