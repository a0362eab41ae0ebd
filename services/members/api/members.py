"""Serves `MemberService`."""

from datetime import datetime
from functools import partial
from typing import Final

from linli.members.v1 import member_pb2
from linli.members.v1.member_pb2 import (
    BatchGetMembersRequest,
    BatchGetMembersResponse,
    FindMembersRequest,
    FindMembersResponse,
    GetMemberRequest,
    GetMemberResponse,
    ListConsentsRequest,
    ListConsentsResponse,
    ListMembersRequest,
    ListMembersResponse,
)

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.moments import stated_moment
from services.chassis.pages import Page
from services.chassis.rpc.table import Registration
from services.members.api import translate_members as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.api.criteria import read_criteria
from services.members.domain.faults import MemberUnknown
from services.members.storage.consents import list_consents
from services.members.storage.finding import all_of, on_the_register
from services.members.storage.members import list_members, read_survivors
from services.members.storage.personal_details import list_by_name
from services.members.storage.persons import read_persons, read_persons_by_id
from services.members.storage.work_units import read_unit_id
from services.members.usecases.create_members import create_members
from services.members.usecases.erase_members import erase_members
from services.members.usecases.import_members import import_members
from services.members.usecases.record_consents import record_consents
from services.members.usecases.update_members import update_members

SERVICE: Final = member_pb2.DESCRIPTOR.services_by_name["MemberService"]
CONSENT_KEY: Final = (datetime, str)


def member_service(frame: Frame) -> Registration:
    async def get(request: GetMemberRequest, _call: Call) -> GetMemberResponse:
        async with frame.database.read() as connection:
            found = await read_survivors(connection, [request.member_id])
            persons = await read_persons(connection, found.values())
        if request.member_id not in found:
            raise MemberUnknown(field="member_id", member_id=request.member_id)
        return GetMemberResponse(member=translate.member(persons[found[request.member_id].id]))

    async def get_many(request: BatchGetMembersRequest, _call: Call) -> BatchGetMembersResponse:
        async with frame.database.read() as connection:
            found = await read_survivors(connection, request.member_ids)
            persons = await read_persons(connection, found.values())
        asked_for = [found[member_id] for member_id in request.member_ids if member_id in found]
        return BatchGetMembersResponse(
            members=[translate.member(persons[member.id]) for member in asked_for],
            unknown_ids=[member_id for member_id in request.member_ids if member_id not in found],
        )

    async def list_(request: ListMembersRequest, _call: Call) -> ListMembersResponse:
        async with frame.database.read() as connection:
            among = on_the_register(
                work_unit_id=await read_unit_id(connection, request.work_unit_id),
                member_type=translate.member_type(request.member_type),
            )
            if request.order == member_pb2.MEMBER_ORDER_NAME:
                page = Page.of(request, key=(str, str))
                named = await list_by_name(connection, page, among=among)
                cut, token = page.cut(named, key=lambda row: row)
                member_ids = [member_id for _, member_id in cut]
                persons = await read_persons_by_id(connection, member_ids)
            else:
                page = Page.of(request)
                found = await list_members(connection, page, among=among)
                rows, token = page.cut(found, key=lambda member: (member.code,))
                member_ids = [member.id for member in rows]
                persons = await read_persons(connection, rows)
        members = [translate.member(persons[member_id]) for member_id in member_ids]
        return ListMembersResponse(members=members, next_page_token=token)

    async def find(request: FindMembersRequest, _call: Call) -> FindMembersResponse:
        page = Page.of(request)
        async with frame.database.read() as connection:
            criteria = await read_criteria(connection, request, now=await frame.database.now(connection))
            unit_id = await read_unit_id(connection, request.work_unit_id)
            among = all_of(on_the_register(work_unit_id=unit_id), criteria)
            found = await list_members(connection, page, among=among)
            rows, token = page.cut(found, key=lambda member: (member.code,))
            persons = await read_persons(connection, rows)
        members = [translate.member(persons[member.id]) for member in rows]
        return FindMembersResponse(members=members, next_page_token=token)

    async def list_given(request: ListConsentsRequest, _call: Call) -> ListConsentsResponse:
        page = Page.of(request, key=CONSENT_KEY)
        as_of = stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            found = await read_survivors(connection, [request.member_id])
            if request.member_id not in found:
                raise MemberUnknown(field="member_id", member_id=request.member_id)
            member_id = found[request.member_id].id
            consents = await list_consents(connection, page, member_id=member_id, at=as_of)
        rows, token = page.cut(consents, key=lambda consent: (consent.given_at, consent.id))
        return ListConsentsResponse(consents=map(translate.consent, rows), next_page_token=token)

    writes = frame.writes(SERVICE, CODES)
    return Registration(
        descriptor=SERVICE,
        rpcs={
            **writes.rpcs(
                "CreateMember",
                batch="BatchCreateMembers",
                decode=translate.create_member,
                usecase=create_members,
            ),
            **writes.rpcs(
                "UpdateMember",
                batch="BatchUpdateMembers",
                decode=translate.update_member,
                usecase=update_members,
            ),
            **writes.rows(
                "ImportMembers",
                decode=translate.import_member,
                usecase=partial(import_members, zone=frame.zone),
            ),
            **writes.rpcs(
                "RecordConsent",
                batch="BatchRecordConsents",
                decode=translate.record_consent,
                usecase=record_consents,
            ),
            **writes.rpcs("EraseMember", decode=translate.erase_member, usecase=erase_members),
            "GetMember": get,
            "BatchGetMembers": get_many,
            "ListMembers": list_,
            "FindMembers": find,
            "ListConsents": list_given,
        },
        access=ACCESS,
        codes=CODES,
    )
