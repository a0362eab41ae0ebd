"""Reads and writes teams."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import update_columns
from services.chassis.sql.paging import cut_out
from services.chassis.sql.statements import insert_free
from services.members.domain.team import Team, TeamType
from services.members.storage.grid_trees import subtree
from services.members.storage.organisation_tables import teams
from services.members.storage.places import units_standing_for


async def read_teams(connection: AsyncConnection, team_ids: Collection[str]) -> dict[str, Team]:
    """Read teams by id; those that do not exist are left out."""
    statement = select(teams).where(is_among(teams.c.team_id, list(team_ids)))
    return {row.team_id: _team(row) for row in await connection.execute(statement)}


async def list_teams(
    connection: AsyncConnection,
    page: Page,
    *,
    team_type: TeamType | None,
    node_id: str | None,
    work_unit_id: str | None,
    open_only: bool,
) -> Sequence[Team]:
    """Read teams in the order of their codes.

    Args:
        connection: Reads.
        page: By code; one row more than its size is read.
        team_type: Only these.
        node_id: Only teams that serve this node or one below it.
        work_unit_id: Only teams of this work unit.
        open_only: Only teams that are not closed.
    """
    statement = cut_out(select(teams), page, teams.c.code)
    if team_type is not None:
        statement = statement.where(teams.c.team_type == team_type)
    if node_id is not None:
        statement = statement.where(teams.c.node_id.in_(select(subtree(node_id).c.node_id)))
    if work_unit_id is not None:
        units = units_standing_for(work_unit_id)
        statement = statement.where(teams.c.work_unit_id.in_(select(units.c.work_unit_id)))
    if open_only:
        statement = statement.where(teams.c.closed_at.is_(None))
    return [_team(row) for row in await connection.execute(statement)]


async def insert_teams(connection: AsyncConnection, made: Collection[Team]) -> set[str]:
    """Insert teams; returns the ids of those whose code was still free."""
    rows = [
        {"team_id": team.id, "code": team.code, **_changeable(team), "team_type": team.team_type}
        | {"effective_from": team.effective_from}
        for team in sorted(made, key=lambda team: team.code)
    ]
    return await insert_free(connection, teams.c.team_id, rows)


async def update_teams(connection: AsyncConnection, changed: Collection[Team]) -> None:
    """Store teams that are locked."""
    newest = {team.id: {"team_id": team.id, **_changeable(team)} for team in changed}
    await update_columns(connection, teams.c.team_id, list(newest.values()))


def _changeable(team: Team) -> dict[str, Any]:
    return {
        "name": team.name,
        "node_id": team.node_id,
        "work_unit_id": team.work_unit_id,
        "closed_at": team.closed_at,
        "revision": team.revision,
    }


def _team(row: Any) -> Team:
    return Team(
        id=row.team_id,
        code=row.code,
        name=row.name,
        team_type=TeamType(row.team_type),
        node_id=row.node_id,
        work_unit_id=row.work_unit_id,
        effective_from=row.effective_from,
        closed_at=row.closed_at,
        revision=row.revision,
    )
