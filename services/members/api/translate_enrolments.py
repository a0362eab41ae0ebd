"""Between the contract and the domain: enrolments. Pure functions that only convert."""

from linli.members.v1 import enrolment_pb2

from services.chassis.call import Call
from services.chassis.moments import stated_moment, timestamp
from services.members.domain.enrolment import Enrolment
from services.members.storage.facts import state_of_enrolment
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol


def enrol(request: enrolment_pb2.EnrolRequest, call: Call) -> Enrol:
    return Enrol(
        member_id=request.member_id,
        community_id=request.community_id,
        occurred_at=stated_moment(request),
        stated_by=str(call.caller),
    )


def end_enrolment(request: enrolment_pb2.EndEnrolmentRequest, call: Call) -> EndEnrolment:
    return EndEnrolment(
        enrolment_id=request.enrolment_id,
        occurred_at=stated_moment(request),
        stated_by=str(call.caller),
    )


def enrolment(record: Enrolment, /) -> enrolment_pb2.Enrolment:
    return enrolment_pb2.Enrolment(
        enrolment_id=record.id,
        member_id=record.member_id,
        community_id=record.community_id,
        state=state_of_enrolment(record),
        enrolled_at=timestamp(record.enrolled_at),
        ended_at=timestamp(record.ended_at),
    )
