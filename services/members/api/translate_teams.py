"""Between the contract and the domain: teams and who belongs to them. Pure functions that only convert."""

from typing import Final

from linli.members.v1 import team_pb2

from services.chassis.call import Call
from services.chassis.faults import InvalidField
from services.chassis.moments import stated_moment, timestamp
from services.members.domain.membership import Membership
from services.members.domain.team import Team, TeamType
from services.members.usecases.add_team_members import AddTeamMember
from services.members.usecases.close_teams import CloseTeam
from services.members.usecases.create_teams import CreateTeam
from services.members.usecases.end_memberships import EndTeamMembership
from services.members.usecases.update_teams import UpdateTeam

_TEAM_TYPE: Final = "TEAM_TYPE_"
_CHANGEABLE: Final = ("name", "node_id", "work_unit_id")


def create_team(request: team_pb2.CreateTeamRequest, _call: Call) -> CreateTeam:
    return CreateTeam(
        code=request.code,
        name=request.name,
        team_type=TeamType(team_pb2.TeamType.Name(request.team_type).removeprefix(_TEAM_TYPE)),
        node_id=request.node_id or None,
        work_unit_id=request.work_unit_id or None,
        occurred_at=stated_moment(request),
    )


def update_team(request: team_pb2.UpdateTeamRequest, _call: Call) -> UpdateTeam:
    named = set(request.update_mask.paths)
    if not named or named - set(_CHANGEABLE):
        raise InvalidField(f"Name one or more of {', '.join(_CHANGEABLE)}.", field="update_mask")
    if "name" in named and not request.name:
        raise InvalidField("A team has a name; it cannot be emptied.", field="name")
    return UpdateTeam(
        team_id=request.team_id,
        etag=request.etag,
        changes={name: getattr(request, name) or None for name in named},
    )


def close_team(request: team_pb2.CloseTeamRequest, call: Call) -> CloseTeam:
    return CloseTeam(
        team_id=request.team_id,
        occurred_at=stated_moment(request),
        reason=request.reason,
        stated_by=str(call.caller),
    )


def add_team_member(request: team_pb2.AddTeamMemberRequest, _call: Call) -> AddTeamMember:
    return AddTeamMember(
        team_id=request.team_id, member_id=request.member_id, occurred_at=stated_moment(request)
    )


def end_team_membership(request: team_pb2.EndTeamMembershipRequest, call: Call) -> EndTeamMembership:
    return EndTeamMembership(
        membership_id=request.membership_id,
        occurred_at=stated_moment(request),
        reason=request.reason,
        stated_by=str(call.caller),
    )


def team_type(stated: team_pb2.TeamType.ValueType, /) -> TeamType | None:
    """Read a type that may be left out."""
    return TeamType(team_pb2.TeamType.Name(stated).removeprefix(_TEAM_TYPE)) if stated else None


def team(record: Team, /) -> team_pb2.Team:
    return team_pb2.Team(
        team_id=record.id,
        code=record.code,
        name=record.name,
        team_type=team_pb2.TeamType.Value(f"{_TEAM_TYPE}{record.team_type}"),
        node_id=record.node_id or "",
        work_unit_id=record.work_unit_id or "",
        effective_from=timestamp(record.effective_from),
        closed_at=timestamp(record.closed_at),
        etag=record.etag,
    )


def membership(record: Membership, /) -> team_pb2.TeamMembership:
    return team_pb2.TeamMembership(
        membership_id=record.id,
        team_id=record.team_id,
        member_id=record.member_id,
        joined_at=timestamp(record.joined_at),
        left_at=timestamp(record.left_at),
    )
