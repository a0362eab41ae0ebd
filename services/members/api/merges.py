"""Serves `MergeService`."""

from functools import partial
from typing import Any, Final

from linli.members.v1 import merge_pb2 as pb

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.pages import Page
from services.chassis.rpc.table import Registration
from services.members.api import translate_merges as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.domain.faults import MemberUnknown, MergeUnknown
from services.members.storage.members import read_members
from services.members.storage.merges import list_merges, read_merge, read_records
from services.members.usecases.merge_members import merge_members, plan_merge
from services.members.usecases.unmerge_members import plan_unmerge, unmerge_members

SERVICE: Final = pb.DESCRIPTOR.services_by_name["MergeService"]


def merge_service(frame: Frame) -> Registration:
    writes = frame.writes(SERVICE, CODES)
    written: dict[str, Any] = {
        **writes.rpcs(
            "MergeMembers",
            decode=translate.merge_members,
            usecase=partial(merge_members, zone=frame.zone),
        ),
        **writes.rpcs(
            "UnmergeMembers",
            decode=translate.unmerge_members,
            usecase=partial(unmerge_members, zone=frame.zone),
        ),
    }

    async def merge(request: pb.MergeMembersRequest, call: Call) -> pb.MergeMembersResponse:
        if request.dry_run:
            async with frame.database.read() as connection:
                plan = await plan_merge(
                    connection,
                    survivor_id=request.survivor_id,
                    duplicate_id=request.duplicate_id,
                    at=await frame.database.now(connection),
                )
            return pb.MergeMembersResponse(records=translate.done(plan.records))
        answer: pb.MergeMembersResponse = await written["MergeMembers"](request, call)
        async with frame.database.read() as connection:
            answer.records.extend(translate.done(await read_records(connection, answer.written.id)))
        return answer

    async def unmerge(request: pb.UnmergeMembersRequest, call: Call) -> pb.UnmergeMembersResponse:
        if request.dry_run:
            async with frame.database.read() as connection:
                plan = await plan_unmerge(connection, request.merge_id)
            return pb.UnmergeMembersResponse(records=translate.undone(plan.records))
        answer: pb.UnmergeMembersResponse = await written["UnmergeMembers"](request, call)
        async with frame.database.read() as connection:
            answer.records.extend(translate.undone(await read_records(connection, answer.written.id)))
        return answer

    async def get(request: pb.GetMergeRequest, _call: Call) -> pb.GetMergeResponse:
        async with frame.database.read() as connection:
            found = await read_merge(connection, request.merge_id)
            if found is None:
                raise MergeUnknown(field="merge_id", merge_id=request.merge_id)
            records = await read_records(connection, found.id)
        return pb.GetMergeResponse(merge=translate.merge(found, records=records))

    async def list_(request: pb.ListMergesRequest, _call: Call) -> pb.ListMergesResponse:
        page = Page.of(request)
        async with frame.database.read() as connection:
            if not await read_members(connection, [request.member_id]):
                raise MemberUnknown(field="member_id", member_id=request.member_id)
            found = await list_merges(connection, page, member_id=request.member_id)
        rows, token = page.cut(found, key=lambda each: (each.id,))
        return pb.ListMergesResponse(merges=[translate.merge(each) for each in rows], next_page_token=token)

    return Registration(
        descriptor=SERVICE,
        rpcs={"MergeMembers": merge, "UnmergeMembers": unmerge, "GetMerge": get, "ListMerges": list_},
        access=ACCESS,
        codes=CODES,
    )
