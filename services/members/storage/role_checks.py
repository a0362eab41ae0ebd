"""What must hold of teams, memberships and roles; `verify` looks for breaches."""

from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.statement import check_statements
from services.chassis.jobs.verify import FINDINGS_MAX, Check, Checked
from services.members.domain.place import ScopeKind
from services.members.domain.role import RoleKind
from services.members.storage import role_facts as state
from services.members.storage.checks import stating
from services.members.storage.memberships import read_memberships
from services.members.storage.organisation_tables import roles, team_memberships, teams
from services.members.storage.roles import read_roles
from services.members.storage.tables import grid_nodes, work_units
from services.members.storage.teams import read_teams

_IS_FIRST = roles.c.kind == RoleKind.FIRST_SECRETARY


def checks_of_roles() -> list[Check]:
    """List the laws of teams, memberships and roles."""
    groups, joined, charged = (
        stating(read_teams, state.of_team),
        stating(read_memberships, state.of_membership),
        stating(read_roles, state.of_role),
    )
    return [
        check_statements(name="teams equal their facts", key=teams.c.team_id, read=groups),
        check_statements(
            name="memberships equal their facts", key=team_memberships.c.membership_id, read=joined
        ),
        check_statements(name="roles equal their facts", key=roles.c.role_id, read=charged),
        Check(name="a member belongs to a team once at a time", chunk=_check_memberships),
        Check(name="nothing goes on in a closed team", chunk=_check_closed_teams),
        Check(name="a role is held where there is something", chunk=_check_scopes),
        Check(name="a member holds a role at a place once at a time", chunk=_check_held_once),
        Check(name="a community has one first secretary at a time", chunk=_check_first_secretaries),
    ]


async def _check_memberships(connection: AsyncConnection, _next: Any) -> Checked:
    one, other = team_memberships, team_memberships.alias()
    overlapping = and_(
        one.c.membership_id < other.c.membership_id,
        one.c.team_id == other.c.team_id,
        one.c.member_id == other.c.member_id,
        ~one.c.withdrawn,
        ~other.c.withdrawn,
        _reaches_beyond(one.c.left_at, other.c.joined_at),
        _reaches_beyond(other.c.left_at, one.c.joined_at),
    )
    return await _checked(
        connection, one, other, overlapping, one.c.team_id, "memberships of team {} overlap"
    )


async def _check_closed_teams(connection: AsyncConnection, _next: Any) -> Checked:
    goes_on = exists().where(
        team_memberships.c.team_id == teams.c.team_id,
        ~team_memberships.c.withdrawn,
        _reaches_beyond(team_memberships.c.left_at, teams.c.closed_at),
    )
    is_held = exists().where(
        roles.c.scope_kind == ScopeKind.TEAM,
        roles.c.scope_id == teams.c.team_id,
        ~roles.c.withdrawn,
        _reaches_beyond(roles.c.valid_until, teams.c.closed_at),
    )
    used = teams.c.closed_at.is_not(None) & (goes_on | is_held)
    return await _found(connection, teams, select(teams.c.team_id).where(used), "team {} is closed and used")


async def _check_scopes(connection: AsyncConnection, _next: Any) -> Checked:
    exists_somewhere = or_(
        *(
            and_(roles.c.scope_kind == kind, exists().where(key == roles.c.scope_id))
            for kind, key in (
                (ScopeKind.GRID_NODE, grid_nodes.c.node_id),
                (ScopeKind.WORK_UNIT, work_units.c.work_unit_id),
                (ScopeKind.TEAM, teams.c.team_id),
            )
        )
    )
    return await _found(
        connection, roles, select(roles.c.role_id).where(~exists_somewhere), "role {} is held nowhere"
    )


async def _check_held_once(connection: AsyncConnection, _next: Any) -> Checked:
    one, other = roles, roles.alias()
    alike = and_(
        _at_once(one, other),
        one.c.member_id == other.c.member_id,
        one.c.kind == other.c.kind,
        one.c.scope_kind == other.c.scope_kind,
    )
    return await _checked(connection, one, other, alike, one.c.role_id, "role {} is held twice")


async def _check_first_secretaries(connection: AsyncConnection, _next: Any) -> Checked:
    one, other = roles, roles.alias()
    both = and_(_at_once(one, other), _IS_FIRST, other.c.kind == RoleKind.FIRST_SECRETARY)
    return await _checked(connection, one, other, both, one.c.scope_id, "community {} has two")


def _at_once(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    """Say in SQL whether two roles are held at the same place and time."""
    return and_(
        one.c.role_id < other.c.role_id,
        one.c.scope_id == other.c.scope_id,
        ~one.c.withdrawn,
        ~other.c.withdrawn,
        _reaches_beyond(one.c.valid_until, other.c.valid_from),
        _reaches_beyond(other.c.valid_until, one.c.valid_from),
    )


def _reaches_beyond(end: ColumnElement[Any], moment: ColumnElement[Any]) -> ColumnElement[bool]:
    return or_(end.is_(None), end > moment)


async def _checked(  # noqa: PLR0917 - private, and called three times in a row
    connection: AsyncConnection,
    one: FromClause,
    other: FromClause,
    breach: ColumnElement[bool],
    named: ColumnElement[str],
    finding: str,
) -> Checked:
    return await _found(connection, one, select(named).join_from(one, other, breach), finding)


async def _found(connection: AsyncConnection, table: FromClause, breaches: Any, finding: str) -> Checked:
    found = (await connection.execute(breaches.distinct().limit(FINDINGS_MAX))).scalars()
    compared = await connection.execute(select(func.count()).select_from(table))
    return Checked(compared=compared.scalar_one(), findings=[finding.format(each) for each in sorted(found)])
