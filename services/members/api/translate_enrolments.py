"""Between the contract and the domain: enrolments. Pure functions that only convert."""

from linli.members.v1 import enrolment_pb2 as pb

from services.chassis.call import Call
from services.chassis.moments import stated_moment, timestamp
from services.members.domain.correction import Correction
from services.members.domain.enrolment import Enrolment
from services.members.storage.facts import state_of_enrolment
from services.members.usecases.correct_enrolments import CorrectEnrolment
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from services.members.usecases.renew_enrolments import RenewEnrolment
from services.members.usecases.transfer_enrolments import TransferEnrolment


def enrol(request: pb.EnrolRequest, call: Call) -> Enrol:
    return Enrol(
        member_id=request.member_id,
        community_id=request.community_id,
        occurred_at=stated_moment(request),
        stated_by=str(call.caller),
    )


def transfer_enrolment(request: pb.TransferEnrolmentRequest, call: Call) -> TransferEnrolment:
    return TransferEnrolment(
        member_id=request.member_id,
        community_id=request.community_id,
        occurred_at=stated_moment(request),
        reason=request.reason,
        stated_by=str(call.caller),
    )


def end_enrolment(request: pb.EndEnrolmentRequest, call: Call) -> EndEnrolment:
    return EndEnrolment(
        enrolment_id=request.enrolment_id,
        occurred_at=stated_moment(request),
        reason=request.reason,
        stated_by=str(call.caller),
    )


def renew_enrolment(request: pb.RenewEnrolmentRequest, call: Call) -> RenewEnrolment:
    return RenewEnrolment(
        member_id=request.member_id,
        enrolment_id=request.enrolment_id,
        occurred_at=stated_moment(request),
        stated_by=str(call.caller),
    )


def correct_enrolment(request: pb.CorrectEnrolmentRequest, call: Call) -> CorrectEnrolment:
    return CorrectEnrolment(correction=correction(request), reason=request.reason, stated_by=str(call.caller))


def correction(request: pb.CorrectEnrolmentRequest, /) -> Correction:
    return Correction(
        enrolment_id=request.enrolment_id,
        enrolled_at=stated_moment(request, field="enrolled_at"),
        ended_at=stated_moment(request, field="ended_at"),
        move_neighbour=request.move_neighbour,
    )


def enrolment(record: Enrolment, /) -> pb.Enrolment:
    return pb.Enrolment(
        enrolment_id=record.id,
        member_id=record.member_id,
        community_id=record.community_id,
        state=state_of_enrolment(record),
        enrolled_at=timestamp(record.enrolled_at),
        ended_at=timestamp(record.ended_at),
        late=record.late,
        renewed_periods=record.renewed_periods,
    )
