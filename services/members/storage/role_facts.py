"""What teams, memberships and roles say of themselves in the log. Ids, kinds and times: no personal data."""

from linli.members.v1.facts_pb2 import RoleFact, TeamFact, TeamMembershipFact
from linli.members.v1.role_pb2 import RoleKind, RoleScope
from linli.members.v1.team_pb2 import TeamType

from services.chassis.facts.statement import Statement
from services.chassis.moments import timestamp
from services.members.domain.membership import Membership
from services.members.domain.place import Scope, ScopeKind
from services.members.domain.role import Role
from services.members.domain.team import Team


def of_team(team: Team, /) -> Statement:
    body = TeamFact(
        team_id=team.id,
        code=team.code,
        team_type=TeamType.Value(f"TEAM_TYPE_{team.team_type}"),
        node_id=team.node_id or "",
        work_unit_id=team.work_unit_id or "",
        closed_at=timestamp(team.closed_at),
    )
    return Statement(
        record_id=team.id,
        revision=team.revision,
        effective_at=team.effective_from,
        subjects=(("team", team.id),),
        body=body,
    )


def of_membership(membership: Membership, /) -> Statement:
    """State a membership, effective from its beginning even when it is its end that is stated."""
    body = TeamMembershipFact(
        membership_id=membership.id,
        team_id=membership.team_id,
        member_id=membership.member_id,
        joined_at=timestamp(membership.joined_at),
        left_at=timestamp(membership.left_at),
        withdrawn=membership.withdrawn,
    )
    return Statement(
        record_id=membership.id,
        revision=membership.revision,
        effective_at=membership.joined_at,
        subjects=(("member", membership.member_id), ("team", membership.team_id)),
        body=body,
    )


def of_role(role: Role, /) -> Statement:
    """State a role, effective from its beginning even when it is its end that is stated."""
    body = RoleFact(
        role_id=role.id,
        member_id=role.member_id,
        kind=RoleKind.Value(f"ROLE_KIND_{role.kind}"),
        scope=scope(role.scope),
        valid_from=timestamp(role.valid_from),
        valid_until=timestamp(role.valid_until),
        withdrawn=role.withdrawn,
    )
    return Statement(
        record_id=role.id,
        revision=role.revision,
        effective_at=role.valid_from,
        subjects=(("member", role.member_id),),
        body=body,
    )


def scope(named: Scope, /) -> RoleScope:
    """Write where a role is held."""
    if named.kind is ScopeKind.GRID_NODE:
        return RoleScope(node_id=named.id)
    if named.kind is ScopeKind.WORK_UNIT:
        return RoleScope(work_unit_id=named.id)
    return RoleScope(team_id=named.id)
