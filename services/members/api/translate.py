"""Between the contract and the domain: pure functions that only convert.

`decode` functions raise `InvalidField` for what the rules in the proto cannot say.
"""

from linli.members.v1 import enrolment_pb2, grid_pb2, member_pb2, organisation_pb2

from services.chassis.call import Call
from services.chassis.moments import stated_moment, timestamp
from services.members.domain.enrolment import Enrolment
from services.members.domain.grid import Level, Node
from services.members.domain.register import Member, MemberType, WorkUnit
from services.members.usecases.create_members import CreateMember
from services.members.usecases.create_nodes import CreateNode
from services.members.usecases.create_work_units import CreateWorkUnit
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol

_MEMBER_TYPE = "MEMBER_TYPE_"


def create_node(request: grid_pb2.CreateNodeRequest, _call: Call) -> CreateNode:
    return CreateNode(
        code=request.code,
        name=request.name,
        level=Level(request.level),
        parent_id=request.parent_id or None,
        occurred_at=stated_moment(request),
    )


def create_work_unit(request: organisation_pb2.CreateWorkUnitRequest, _call: Call) -> CreateWorkUnit:
    return CreateWorkUnit(code=request.code, name=request.name, occurred_at=stated_moment(request))


def create_member(request: member_pb2.CreateMemberRequest, _call: Call) -> CreateMember:
    return CreateMember(
        code=request.code,
        name=request.name,
        member_type=MemberType(member_pb2.MemberType.Name(request.member_type).removeprefix(_MEMBER_TYPE)),
        work_unit_id=request.work_unit_id or None,
        occurred_at=stated_moment(request),
    )


def enrol(request: enrolment_pb2.EnrolRequest, _call: Call) -> Enrol:
    return Enrol(
        member_id=request.member_id, community_id=request.community_id, occurred_at=stated_moment(request)
    )


def end_enrolment(request: enrolment_pb2.EndEnrolmentRequest, _call: Call) -> EndEnrolment:
    return EndEnrolment(enrolment_id=request.enrolment_id, occurred_at=stated_moment(request))


def level(stated: grid_pb2.GridLevel.ValueType, /) -> Level | None:
    """Read a level that may be left out."""
    return Level(stated) if stated else None


def node(record: Node, /) -> grid_pb2.GridNode:
    return grid_pb2.GridNode(
        node_id=record.id,
        code=record.code,
        name=record.name,
        level=grid_pb2.GridLevel.ValueType(record.level),
        parent_id=record.parent_id or "",
        effective_from=timestamp(record.effective_from),
    )


def work_unit(record: WorkUnit, /) -> organisation_pb2.WorkUnit:
    return organisation_pb2.WorkUnit(work_unit_id=record.id, code=record.code, name=record.name)


def member(record: Member, /, *, name: str) -> member_pb2.Member:
    return member_pb2.Member(
        member_id=record.id,
        code=record.code,
        name=name,
        member_type=member_pb2.MemberType.Value(f"{_MEMBER_TYPE}{record.member_type}"),
        work_unit_id=record.work_unit_id or "",
        registered_at=timestamp(record.registered_at),
    )


def enrolment(record: Enrolment, /) -> enrolment_pb2.Enrolment:
    active, ended = enrolment_pb2.ENROLMENT_STATE_ACTIVE, enrolment_pb2.ENROLMENT_STATE_ENDED
    return enrolment_pb2.Enrolment(
        enrolment_id=record.id,
        member_id=record.member_id,
        community_id=record.community_id,
        state=active if record.is_active else ended,
        enrolled_at=timestamp(record.enrolled_at),
        ended_at=timestamp(record.ended_at),
    )
