"""Between the contract and the domain: members. Pure functions that only convert."""

from linli.members.v1 import member_pb2

from services.chassis.call import Call
from services.chassis.moments import stated_moment, timestamp
from services.members.domain.register import Member, MemberType
from services.members.usecases.create_members import CreateMember

_MEMBER_TYPE = "MEMBER_TYPE_"


def create_member(request: member_pb2.CreateMemberRequest, _call: Call) -> CreateMember:
    return CreateMember(
        code=request.code,
        name=request.name,
        member_type=MemberType(member_pb2.MemberType.Name(request.member_type).removeprefix(_MEMBER_TYPE)),
        work_unit_id=request.work_unit_id or None,
        occurred_at=stated_moment(request),
    )


def member(record: Member, /, *, name: str) -> member_pb2.Member:
    return member_pb2.Member(
        member_id=record.id,
        code=record.code,
        name=name,
        member_type=member_pb2.MemberType.Value(f"{_MEMBER_TYPE}{record.member_type}"),
        work_unit_id=record.work_unit_id or "",
        registered_at=timestamp(record.registered_at),
    )
