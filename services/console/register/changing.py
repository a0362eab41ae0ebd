"""Changes the register, one record at a time: people, their enrolments, and merges of two who are one."""

from collections import Counter
from datetime import datetime
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from linli.members.v1 import enrolment_pb2, member_pb2, merge_pb2
from linli.members.v1.enrolment_pb2_grpc import EnrolmentServiceStub
from linli.members.v1.member_pb2_grpc import MemberServiceStub
from linli.members.v1.merge_pb2_grpc import MergeServiceStub

from services.chassis.ids import new_id
from services.console.register.desk import Desk
from services.console.register.shown import as_object, print_json
from services.console.wording import listed, say


async def add(
    desk: Desk, *, code: str, unit: str, on: datetime | None, details: dict[str, Any], as_json: bool
) -> None:
    """Put somebody on the register."""
    request = member_pb2.CreateMemberRequest(
        request_id=new_id(),
        code=code,
        work_unit_id=(await desk.unit(unit)).work_unit_id if unit else "",
        occurred_at=desk.moment(on),
        **details,
    )
    answer = await desk.ask(MemberServiceStub(desk.channel).CreateMember, request)
    _tell(answer, say("members.added", code=code, id=answer.written.id), as_json=as_json)


async def update(desk: Desk, *, member: str, details: dict[str, Any], as_json: bool) -> None:
    """Change what is stated about somebody, if nobody else did meanwhile."""
    found = await desk.member(member)
    if "external_ids" in details:
        others = {each.system: each for each in found.external_ids}
        details["external_ids"] = [
            *(others | {each.system: each for each in details["external_ids"]}).values()
        ]
    request = member_pb2.UpdateMemberRequest(
        request_id=new_id(),
        member_id=found.member_id,
        etag=found.etag,
        update_mask=FieldMask(paths=sorted(details)),
        **details,
    )
    answer = await desk.ask(MemberServiceStub(desk.channel).UpdateMember, request)
    _tell(answer, say("members.updated", code=found.code, id=found.member_id), as_json=as_json)


async def enrol(desk: Desk, *, member: str, community: str, on: datetime | None, as_json: bool) -> None:
    """Enrol somebody with a community (报到)."""
    found, node = await desk.member(member), await desk.node(community)
    request = enrolment_pb2.EnrolRequest(
        request_id=new_id(),
        member_id=found.member_id,
        community_id=node.node_id,
        occurred_at=desk.moment(on),
    )
    answer = await desk.ask(EnrolmentServiceStub(desk.channel).Enrol, request)
    _tell(answer, say("members.enrolled_with", code=found.code, community=node.name), as_json=as_json)


async def transfer(
    desk: Desk, *, member: str, community: str, on: datetime | None, reason: str, as_json: bool
) -> None:
    """End an enrolment and begin another at the same moment."""
    found, node = await desk.member(member), await desk.node(community)
    request = enrolment_pb2.TransferEnrolmentRequest(
        request_id=new_id(),
        member_id=found.member_id,
        community_id=node.node_id,
        occurred_at=desk.moment(on),
        reason=reason,
    )
    answer = await desk.ask(EnrolmentServiceStub(desk.channel).TransferEnrolment, request)
    _tell(answer, say("members.transferred", code=found.code, community=node.name), as_json=as_json)


async def end(desk: Desk, *, member: str, on: datetime | None, reason: str, as_json: bool) -> None:
    """End the enrolment in force."""
    found = await desk.member(member)
    service = EnrolmentServiceStub(desk.channel)
    asked = enrolment_pb2.GetEnrolmentRequest(member_id=found.member_id)
    enrolment = (await desk.ask(service.GetEnrolment, asked)).enrolment
    request = enrolment_pb2.EndEnrolmentRequest(
        request_id=new_id(),
        enrolment_id=enrolment.enrolment_id,
        occurred_at=desk.moment(on),
        reason=reason,
    )
    answer = await desk.ask(service.EndEnrolment, request)
    community = await desk.node_name(enrolment.community_id)
    _tell(answer, say("members.ended", code=found.code, community=community), as_json=as_json)


async def renew(desk: Desk, *, member: str, on: datetime | None, as_json: bool) -> None:
    """Note that somebody returned to the community (返报到)."""
    found = await desk.member(member)
    request = enrolment_pb2.RenewEnrolmentRequest(
        request_id=new_id(), member_id=found.member_id, occurred_at=desk.moment(on)
    )
    answer = await desk.ask(EnrolmentServiceStub(desk.channel).RenewEnrolment, request)
    _tell(answer, say("members.renewed_now", code=found.code), as_json=as_json)


async def merge(
    desk: Desk, *, survivor: str, duplicate: str, reason: str, dry_run: bool, as_json: bool
) -> None:
    """Take two members for one, or say what that would do."""
    kept, gone = await desk.member(survivor), await desk.member(duplicate)
    request = merge_pb2.MergeMembersRequest(
        request_id=new_id(),
        survivor_id=kept.member_id,
        duplicate_id=gone.member_id,
        reason=reason,
        dry_run=dry_run,
    )
    answer = await desk.ask(MergeServiceStub(desk.channel).MergeMembers, request)
    key = "members.would_merge" if dry_run else "members.merged"
    text = say(
        key,
        duplicate=gone.code,
        survivor=kept.code,
        merge_id=answer.written.id,
        records=_records(answer.records),
    )
    _tell(answer, text, as_json=as_json)


async def unmerge(desk: Desk, *, merge_id: str, reason: str, dry_run: bool, as_json: bool) -> None:
    """Take a merge back, or say what that would do."""
    request = merge_pb2.UnmergeMembersRequest(
        request_id=new_id(), merge_id=merge_id, reason=reason, dry_run=dry_run
    )
    answer = await desk.ask(MergeServiceStub(desk.channel).UnmergeMembers, request)
    key = "members.would_unmerge" if dry_run else "members.unmerged"
    _tell(answer, say(key, merge_id=merge_id, records=_records(answer.records)), as_json=as_json)


def _records(records: Any) -> str:
    """Count records by kind and by what became of them."""
    kinds, outcomes = merge_pb2.MergedRecordKind, merge_pb2.MergedRecordOutcome
    counts = Counter(
        (
            kinds.Name(each.kind).removeprefix("MERGED_RECORD_KIND_").lower(),
            outcomes.Name(each.outcome).removeprefix("MERGED_RECORD_OUTCOME_").lower(),
        )
        for each in records
    )
    told = (
        say(
            "members.record_count",
            count=count,
            kind=say(f"members.record_{kind}"),
            outcome=say(f"members.outcome_{outcome}"),
        )
        for (kind, outcome), count in sorted(counts.items())
    )
    return listed(told) or say("members.no_records")


def _tell(answer: Any, text: str, *, as_json: bool) -> None:
    if as_json:
        print_json(as_object(answer))
    else:
        print(text)
