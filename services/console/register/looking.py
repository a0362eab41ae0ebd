"""Looks members up: `linli members find` and `linli members show`."""

from dataclasses import dataclass
from typing import Any

from linli.members.v1.enrolment_pb2 import ListEnrolmentsRequest
from linli.members.v1.enrolment_pb2_grpc import EnrolmentServiceStub
from linli.members.v1.member_pb2 import ExternalId, FindMembersRequest, ListConsentsRequest, Member
from linli.members.v1.member_pb2_grpc import MemberServiceStub
from linli.members.v1.merge_pb2 import ListMergesRequest
from linli.members.v1.merge_pb2_grpc import MergeServiceStub
from linli.members.v1.role_pb2 import ListRolesRequest, RoleScope
from linli.members.v1.role_pb2_grpc import RoleServiceStub
from linli.members.v1.team_pb2 import GetTeamRequest, ListMembershipsRequest
from linli.members.v1.team_pb2_grpc import TeamServiceStub

from services.console.importing.members import TYPES
from services.console.register.desk import Desk
from services.console.register.roles import ROLES
from services.console.register.shown import as_object, day, print_json, print_table
from services.console.wording import listed, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whom somebody looks for; all that is stated must hold."""

    code: str = ""
    external_id: str = ""
    """`system:id`."""
    phone: str = ""
    name: str = ""
    """The beginning of a name, in characters or pinyin."""
    skill: str = ""
    unit: str = ""
    node: str = ""


async def find(desk: Desk, wanted: Wanted, *, as_json: bool) -> None:
    """Print the members who meet all criteria."""
    criteria: dict[str, Any] = {
        "code": wanted.code,
        "phone": wanted.phone,
        "name_prefix": wanted.name,
        "skill": wanted.skill,
        "node_id": (await desk.node(wanted.node)).node_id if wanted.node else "",
        "work_unit_id": (await desk.unit(wanted.unit)).work_unit_id if wanted.unit else "",
    }
    if wanted.external_id:
        system, _, value = wanted.external_id.partition(":")
        criteria["external_id"] = ExternalId(system=system, value=value)
    rpc = MemberServiceStub(desk.channel).FindMembers
    found = await desk.every(rpc, FindMembersRequest, "members", **criteria)
    if as_json:
        print_json([as_object(member) for member in found])
        return
    rows = [
        (
            each.code,
            each.name,
            TYPES.word(each.member_type),
            await desk.unit_name(each.work_unit_id),
            each.member_id,
        )
        for each in found
    ]
    print_table(say("members.found", count=f"{len(found):,}"), ("code", "name", "type", "unit", "id"), rows)


async def show(desk: Desk, reference: str, *, as_json: bool) -> None:
    """Print all that the register has about one member."""
    member = await desk.member(reference)
    lists = await _lists(desk, member.member_id)
    if as_json:
        told = {name: [as_object(each) for each in found] for name, found in lists.items()}
        print_json({"member": as_object(member), **told})
        return
    await _print_details(desk, member)
    await _print_lists(desk, lists)


async def _lists(desk: Desk, member_id: str) -> dict[str, list[Any]]:
    channel = desk.channel
    asked = {
        "enrolments": (EnrolmentServiceStub(channel).ListEnrolments, ListEnrolmentsRequest),
        "roles": (RoleServiceStub(channel).ListRoles, ListRolesRequest),
        "memberships": (TeamServiceStub(channel).ListMemberships, ListMembershipsRequest),
        "consents": (MemberServiceStub(channel).ListConsents, ListConsentsRequest),
        "merges": (MergeServiceStub(channel).ListMerges, ListMergesRequest),
    }
    return {name: await desk.every(rpc, ask, name, member_id=member_id) for name, (rpc, ask) in asked.items()}


async def _print_details(desk: Desk, member: Member) -> None:
    details = {
        "id": member.member_id,
        "type": TYPES.word(member.member_type),
        "probationary": say("cell.yes" if member.probationary else "cell.no"),
        "unit": await desk.unit_name(member.work_unit_id),
        "phone": member.phone,
        "external_ids": listed(f"{each.system}:{each.value}" for each in member.external_ids),
        "skills": listed(member.skills),
        "service_types": listed(member.service_types),
        "since": day(member.registered_at, desk.zone),
    }
    rows = [(say(f"members.{name}"), text) for name, text in details.items() if text]
    name = say("members.erased") if member.HasField("erased_at") else member.name
    print_table(f"{member.code} {name}", ("what", "value"), rows)


async def _print_lists(desk: Desk, lists: dict[str, list[Any]]) -> None:
    zone = desk.zone
    if found := lists["enrolments"]:
        rows = [
            (
                await desk.node_name(each.community_id),
                day(each.enrolled_at, zone),
                day(each.ended_at, zone),
                listed(each.renewed_periods),
            )
            for each in found
        ]
        print_table(say("members.enrolments"), ("community", "since", "until", "renewed"), rows)
    if found := lists["roles"]:
        roles = [
            (
                ROLES.word(each.kind),
                await _place(desk, each.scope),
                day(each.valid_from, zone),
                day(each.valid_until, zone),
            )
            for each in found
        ]
        print_table(say("members.roles"), ("role", "place", "since", "until"), roles)
    if found := lists["memberships"]:
        teams = [
            (await _team(desk, each.team_id), day(each.joined_at, zone), day(each.left_at, zone))
            for each in found
        ]
        print_table(say("members.teams"), ("team", "since", "until"), teams)
    if found := lists["consents"]:
        consents = [
            (say("members.publish_name"), day(each.given_at, zone), day(each.revoked_at, zone))
            for each in found
        ]
        print_table(say("members.consents"), ("consent", "since", "until"), consents)
    if found := lists["merges"]:
        merges = [
            (
                each.merge_id,
                each.survivor_id,
                each.duplicate_id,
                day(each.merged_at, zone),
                day(each.undone_at, zone),
            )
            for each in found
        ]
        print_table(say("members.merges"), ("id", "survivor", "duplicate", "since", "undone"), merges)


async def _place(desk: Desk, scope: RoleScope) -> str:
    match scope.WhichOneof("scope"):
        case "node_id":
            return await desk.node_name(scope.node_id)
        case "work_unit_id":
            return await desk.unit_name(scope.work_unit_id)
        case _:
            return await _team(desk, scope.team_id)


async def _team(desk: Desk, team_id: str) -> str:
    answer = await desk.ask(TeamServiceStub(desk.channel).GetTeam, GetTeamRequest(team_id=team_id))
    return str(answer.team.name)
