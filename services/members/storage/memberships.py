"""Reads and writes who belongs to teams."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import insert_columns, update_columns
from services.chassis.sql.paging import cut_out
from services.members.domain.membership import Membership
from services.members.storage.organisation_tables import team_memberships as memberships

PAGE_KEY: Final = (datetime, str)
"""The types of the key of a page: when they joined, and the id."""


async def read_memberships(
    connection: AsyncConnection, membership_ids: Collection[str]
) -> dict[str, Membership]:
    """Read memberships by id; those that do not exist are left out."""
    statement = select(memberships).where(is_among(memberships.c.membership_id, list(membership_ids)))
    return {row.membership_id: _membership(row) for row in await connection.execute(statement)}


async def read_memberships_of(connection: AsyncConnection, member_ids: Collection[str]) -> list[Membership]:
    """Read all memberships that these members have or had."""
    statement = select(memberships).where(is_among(memberships.c.member_id, list(member_ids)))
    return [_membership(row) for row in await connection.execute(statement)]


async def read_memberships_in(connection: AsyncConnection, team_id: str) -> list[Membership]:
    """Read all memberships of a team, past ones too, but those that fell away."""
    statement = select(memberships).where(memberships.c.team_id == team_id, ~memberships.c.withdrawn)
    return [_membership(row) for row in await connection.execute(statement)]


async def list_memberships(
    connection: AsyncConnection,
    page: Page,
    *,
    team_id: str | None = None,
    member_id: str | None = None,
    at: datetime | None,
) -> Sequence[Membership]:
    """Read memberships in the order in which they began, without those that fell away.

    Args:
        connection: Reads.
        page: By `PAGE_KEY`; one row more than its size is read.
        team_id: Only of this team.
        member_id: Only of this member.
        at: Only those that lasted then.
    """
    statement = cut_out(
        select(memberships).where(~memberships.c.withdrawn),
        page,
        memberships.c.joined_at,
        memberships.c.membership_id,
    )
    if team_id is not None:
        statement = statement.where(memberships.c.team_id == team_id)
    if member_id is not None:
        statement = statement.where(memberships.c.member_id == member_id)
    if at is not None:
        statement = statement.where(_lasts(at))
    return [_membership(row) for row in await connection.execute(statement)]


async def insert_memberships(connection: AsyncConnection, begun: Sequence[Membership]) -> None:
    """Insert memberships of members and teams that are locked."""
    await insert_columns(
        connection,
        memberships,
        [
            {
                "membership_id": membership.id,
                "team_id": membership.team_id,
                "member_id": membership.member_id,
                "joined_at": membership.joined_at,
                "left_at": membership.left_at,
                "revision": membership.revision,
            }
            for membership in begun
        ],
    )


async def update_left(connection: AsyncConnection, ended: Sequence[Membership]) -> None:
    """Store the ends of memberships of members that are locked."""
    rows = [{"membership_id": each.id, "left_at": each.left_at, "revision": each.revision} for each in ended]
    await update_columns(connection, memberships.c.membership_id, rows)


def _lasts(at: datetime) -> ColumnElement[bool]:
    return (memberships.c.joined_at <= at) & or_(memberships.c.left_at.is_(None), memberships.c.left_at > at)


def _membership(row: Any) -> Membership:
    return Membership(
        id=row.membership_id,
        team_id=row.team_id,
        member_id=row.member_id,
        joined_at=row.joined_at,
        left_at=row.left_at,
        withdrawn=row.withdrawn,
        revision=row.revision,
    )
