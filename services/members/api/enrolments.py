"""Serves `EnrolmentService`: enrolments themselves. Who participates is served by `participation.py`."""

from functools import partial
from typing import Any, Final

from linli.members.v1 import enrolment_pb2 as pb

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.moments import stated_moment
from services.chassis.pages import Page
from services.chassis.rpc.table import Registration, Unary
from services.members.api import translate_enrolments as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.api.participation import reads_of_participation
from services.members.domain.faults import NotEnrolled
from services.members.storage.enrolment_lists import PAGE_KEY, Filter, list_enrolments
from services.members.storage.enrolments import read_in_force
from services.members.storage.grid_nodes import read_known_node
from services.members.storage.members import read_survivor
from services.members.storage.work_units import read_unit_id
from services.members.usecases.correct_enrolments import correct_enrolments, plan_correction
from services.members.usecases.end_enrolments import end_enrolments
from services.members.usecases.enrol import enrol
from services.members.usecases.renew_enrolments import renew_enrolments
from services.members.usecases.transfer_enrolments import transfer_enrolments

SERVICE: Final = pb.DESCRIPTOR.services_by_name["EnrolmentService"]


def enrolment_service(frame: Frame) -> Registration:
    return Registration(
        descriptor=SERVICE,
        rpcs={**_writes(frame), **_correct(frame), **_reads(frame), **reads_of_participation(frame)},
        access=ACCESS,
        codes=CODES,
    )


def _writes(frame: Frame) -> dict[str, Unary]:
    writes = frame.writes(SERVICE, CODES)
    return {
        **writes.rpcs(
            "Enrol", batch="BatchEnrol", decode=translate.enrol, usecase=partial(enrol, zone=frame.zone)
        ),
        **writes.rpcs(
            "TransferEnrolment",
            batch="BatchTransferEnrolments",
            decode=translate.transfer_enrolment,
            usecase=partial(transfer_enrolments, zone=frame.zone),
        ),
        **writes.rpcs(
            "EndEnrolment",
            batch="BatchEndEnrolments",
            decode=translate.end_enrolment,
            usecase=partial(end_enrolments, zone=frame.zone),
        ),
        **writes.rpcs(
            "RenewEnrolment",
            batch="BatchRenewEnrolments",
            decode=translate.renew_enrolment,
            usecase=partial(renew_enrolments, zone=frame.zone),
        ),
    }


def _correct(frame: Frame) -> dict[str, Unary]:
    written: dict[str, Any] = frame.writes(SERVICE, CODES).rpcs(
        "CorrectEnrolment",
        decode=translate.correct_enrolment,
        usecase=partial(correct_enrolments, zone=frame.zone),
    )

    async def correct(request: pb.CorrectEnrolmentRequest, call: Call) -> pb.CorrectEnrolmentResponse:
        if not request.dry_run:
            answer: pb.CorrectEnrolmentResponse = await written["CorrectEnrolment"](request, call)
            return answer
        correction = translate.correction(request)
        async with frame.database.read() as connection:
            changed = await plan_correction(
                connection, correction, now=await frame.database.now(connection), zone=frame.zone
            )
        return pb.CorrectEnrolmentResponse(enrolments=map(translate.enrolment, changed))

    return {"CorrectEnrolment": correct}


def _reads(frame: Frame) -> dict[str, Unary]:
    async def get(request: pb.GetEnrolmentRequest, _call: Call) -> pb.GetEnrolmentResponse:
        as_of = stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            at = as_of or await frame.database.now(connection)
            member_id = await read_survivor(connection, request.member_id)
            found = await read_in_force(connection, member_id=member_id, at=at)
        if found is None:
            raise NotEnrolled(member_id=request.member_id, at=at.isoformat())
        return pb.GetEnrolmentResponse(enrolment=translate.enrolment(found))

    async def list_(request: pb.ListEnrolmentsRequest, _call: Call) -> pb.ListEnrolmentsResponse:
        page, as_of = Page.of(request, key=PAGE_KEY), stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            if request.node_id:
                await read_known_node(connection, request.node_id)
            wanted = Filter(
                member_id=await read_survivor(connection, request.member_id) if request.member_id else None,
                node_id=request.node_id or None,
                work_unit_id=await read_unit_id(connection, request.work_unit_id),
                as_of=as_of,
                active_only=request.active_only,
                late_only=request.late_only,
            )
            found = await list_enrolments(connection, page, wanted, now=await frame.database.now(connection))
        rows, token = page.cut(found, key=lambda each: (each.enrolled_at, each.id))
        return pb.ListEnrolmentsResponse(enrolments=map(translate.enrolment, rows), next_page_token=token)

    return {"GetEnrolment": get, "ListEnrolments": list_}
