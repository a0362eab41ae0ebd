"""Serves `TeamService`."""

from functools import partial
from typing import Final

from linli.members.v1 import team_pb2
from linli.members.v1.team_pb2 import (
    GetTeamRequest,
    GetTeamResponse,
    ListMembershipsRequest,
    ListMembershipsResponse,
    ListTeamMembersRequest,
    ListTeamMembersResponse,
    ListTeamsRequest,
    ListTeamsResponse,
)

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.moments import stated_moment
from services.chassis.pages import Key, Page
from services.chassis.rpc.table import Registration, Unary
from services.members.api import translate_teams as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.domain.faults import TeamUnknown
from services.members.domain.membership import Membership
from services.members.domain.place import ScopeKind
from services.members.domain.team import scopes_of
from services.members.storage.members import read_survivor
from services.members.storage.memberships import PAGE_KEY, list_memberships
from services.members.storage.places import read_places
from services.members.storage.teams import list_teams, read_teams
from services.members.usecases.add_team_members import add_team_members
from services.members.usecases.close_teams import close_teams
from services.members.usecases.create_teams import create_teams
from services.members.usecases.end_memberships import end_memberships
from services.members.usecases.update_teams import change_teams

SERVICE: Final = team_pb2.DESCRIPTOR.services_by_name["TeamService"]


def team_service(frame: Frame) -> Registration:
    return Registration(
        descriptor=SERVICE,
        rpcs={**_writes(frame), **_reads_of_teams(frame), **_reads_of_memberships(frame)},
        access=ACCESS,
        codes=CODES,
    )


def _writes(frame: Frame) -> dict[str, Unary]:
    writes = frame.writes(SERVICE, CODES)
    return {
        **writes.rpcs(
            "CreateTeam", batch="BatchCreateTeams", decode=translate.create_team, usecase=create_teams
        ),
        **writes.rpcs("UpdateTeam", decode=translate.update_team, usecase=change_teams),
        **writes.rpcs(
            "CloseTeam", decode=translate.close_team, usecase=partial(close_teams, zone=frame.zone)
        ),
        **writes.rpcs(
            "AddTeamMember",
            batch="BatchAddTeamMembers",
            decode=translate.add_team_member,
            usecase=add_team_members,
        ),
        **writes.rpcs(
            "EndTeamMembership",
            batch="BatchEndTeamMemberships",
            decode=translate.end_team_membership,
            usecase=partial(end_memberships, zone=frame.zone),
        ),
    }


def _reads_of_teams(frame: Frame) -> dict[str, Unary]:
    async def get(request: GetTeamRequest, _call: Call) -> GetTeamResponse:
        async with frame.database.read() as connection:
            found = await read_teams(connection, [request.team_id])
        if request.team_id not in found:
            raise TeamUnknown(field="team_id", team_id=request.team_id)
        return GetTeamResponse(team=translate.team(found[request.team_id]))

    async def list_(request: ListTeamsRequest, _call: Call) -> ListTeamsResponse:
        page = Page.of(request)
        scopes = scopes_of(request.node_id, request.work_unit_id)
        async with frame.database.read() as connection:
            places = await read_places(connection, scopes)
            named = {scope.kind: places.known(scope).id for scope in scopes}
            found = await list_teams(
                connection,
                page,
                team_type=translate.team_type(request.team_type),
                node_id=named.get(ScopeKind.GRID_NODE),
                work_unit_id=named.get(ScopeKind.WORK_UNIT),
                open_only=request.open_only,
            )
        rows, token = page.cut(found, key=lambda team: (team.code,))
        return ListTeamsResponse(teams=map(translate.team, rows), next_page_token=token)

    return {"GetTeam": get, "ListTeams": list_}


def _reads_of_memberships(frame: Frame) -> dict[str, Unary]:
    async def list_members(request: ListTeamMembersRequest, _call: Call) -> ListTeamMembersResponse:
        page, as_of = Page.of(request, key=PAGE_KEY), stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            if not await read_teams(connection, [request.team_id]):
                raise TeamUnknown(field="team_id", team_id=request.team_id)
            at = as_of or await frame.database.now(connection)
            found = await list_memberships(connection, page, team_id=request.team_id, at=at)
        rows, token = page.cut(found, key=_key)
        return ListTeamMembersResponse(memberships=map(translate.membership, rows), next_page_token=token)

    async def list_of_member(request: ListMembershipsRequest, _call: Call) -> ListMembershipsResponse:
        page, as_of = Page.of(request, key=PAGE_KEY), stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            member_id = await read_survivor(connection, request.member_id)
            found = await list_memberships(connection, page, member_id=member_id, at=as_of)
        rows, token = page.cut(found, key=_key)
        return ListMembershipsResponse(memberships=map(translate.membership, rows), next_page_token=token)

    return {"ListTeamMembers": list_members, "ListMemberships": list_of_member}


def _key(membership: Membership) -> Key:
    return (membership.joined_at, membership.id)
