"""Serves `MemberService`."""

from collections.abc import Iterable
from typing import Final

from linli.members.v1 import member_pb2
from linli.members.v1.member_pb2 import (
    BatchGetMembersRequest,
    BatchGetMembersResponse,
    GetMemberRequest,
    GetMemberResponse,
    ListMembersRequest,
    ListMembersResponse,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.pages import Page
from services.chassis.rpc.table import Registration
from services.members.api import translate_members as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.domain.faults import MemberUnknown
from services.members.domain.register import Member
from services.members.storage.members import list_members, read_answering
from services.members.storage.personal_details import read_names
from services.members.usecases.create_members import create_members

SERVICE: Final = member_pb2.DESCRIPTOR.services_by_name["MemberService"]


def member_service(frame: Frame) -> Registration:
    async def get(request: GetMemberRequest, _call: Call) -> GetMemberResponse:
        async with frame.database.read() as connection:
            found = await read_answering(connection, [request.member_id])
            if request.member_id not in found:
                raise MemberUnknown(field="member_id", member_id=request.member_id)
            (member,) = await _with_names(connection, found.values())
        return GetMemberResponse(member=member)

    async def get_many(request: BatchGetMembersRequest, _call: Call) -> BatchGetMembersResponse:
        async with frame.database.read() as connection:
            found = await read_answering(connection, request.member_ids)
            asked_for = [found[member_id] for member_id in request.member_ids if member_id in found]
            answered = await _with_names(connection, asked_for)
        unknown_ids = [member_id for member_id in request.member_ids if member_id not in found]
        return BatchGetMembersResponse(members=answered, unknown_ids=unknown_ids)

    async def list_(request: ListMembersRequest, _call: Call) -> ListMembersResponse:
        page = Page.of(request)
        async with frame.database.read() as connection:
            found = await list_members(connection, page, work_unit_id=request.work_unit_id or None)
            rows, token = page.cut(found, key=lambda member: (member.code,))
            return ListMembersResponse(members=await _with_names(connection, rows), next_page_token=token)

    writes = frame.writes(SERVICE, CODES).rpcs(
        "CreateMember", batch="BatchCreateMembers", decode=translate.create_member, usecase=create_members
    )
    return Registration(
        descriptor=SERVICE,
        rpcs={**writes, "GetMember": get, "BatchGetMembers": get_many, "ListMembers": list_},
        access=ACCESS,
        codes=CODES,
    )


async def _with_names(connection: AsyncConnection, found: Iterable[Member]) -> list[member_pb2.Member]:
    rows = list(found)
    names = await read_names(connection, [member.id for member in rows])
    return [translate.member(member, name=names[member.id]) for member in rows]
