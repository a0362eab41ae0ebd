"""Reads and writes roles."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, distinct, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import insert_columns, update_columns
from services.chassis.sql.paging import cut_out
from services.members.domain.place import Scope, ScopeKind
from services.members.domain.register import PARTY_MEMBERS
from services.members.domain.role import Holders, Role, RoleKind
from services.members.storage.grid_trees import subtree
from services.members.storage.organisation_tables import roles
from services.members.storage.places import units_standing_for
from services.members.storage.tables import members

PAGE_KEY: Final = (datetime, str)
"""The types of the key of a page: from when, and the id."""


def is_held(at: datetime | BindParameter[datetime], /) -> ColumnElement[bool]:
    """Say in SQL whether a role is held at a time, which may be a parameter of the statement."""
    return (
        ~roles.c.withdrawn
        & (roles.c.valid_from <= at)
        & or_(roles.c.valid_until.is_(None), roles.c.valid_until > at)
    )


async def read_roles(connection: AsyncConnection, role_ids: Collection[str]) -> dict[str, Role]:
    """Read roles by id; those that do not exist are left out."""
    statement = select(roles).where(is_among(roles.c.role_id, list(role_ids)))
    return {row.role_id: _role(row) for row in await connection.execute(statement)}


async def read_rivals(
    connection: AsyncConnection, *, member_ids: Collection[str], node_ids: Collection[str]
) -> list[Role]:
    """Read what may stand in the way of new roles.

    Args:
        connection: With the members and the nodes locked.
        member_ids: Who is to hold them: all their roles.
        node_ids: Where there may be a first secretary: all who were or are.
    """
    is_first = (roles.c.kind == RoleKind.FIRST_SECRETARY) & is_among(roles.c.scope_id, list(node_ids))
    statement = select(roles).where(or_(is_among(roles.c.member_id, list(member_ids)), is_first))
    return [_role(row) for row in await connection.execute(statement)]


async def read_roles_at(connection: AsyncConnection, scope: Scope) -> list[Role]:
    """Read all roles at a place, past ones too, but those that fell away."""
    statement = select(roles).where(
        roles.c.scope_kind == scope.kind, roles.c.scope_id == scope.id, ~roles.c.withdrawn
    )
    return [_role(row) for row in await connection.execute(statement)]


async def read_roles_beyond(
    connection: AsyncConnection, node_ids: Collection[str], *, at: datetime
) -> list[Role]:
    """Read the roles at nodes of the grid that are held longer than until a time, in the order of ids."""
    goes_on = or_(roles.c.valid_until.is_(None), roles.c.valid_until > at)
    statement = select(roles).where(
        roles.c.scope_kind == ScopeKind.GRID_NODE,
        is_among(roles.c.scope_id, sorted(node_ids)),
        ~roles.c.withdrawn,
        goes_on,
    )
    return [_role(row) for row in await connection.execute(statement.order_by(roles.c.role_id))]


async def list_roles(
    connection: AsyncConnection,
    page: Page,
    *,
    at: datetime,
    member_id: str | None,
    kind: RoleKind | None,
    scope: Scope | None,
    below: bool,
) -> Sequence[Role]:
    """Read roles that are held at a time, in the order of their beginnings.

    Args:
        connection: Reads.
        page: By `PAGE_KEY`; one row more than its size is read.
        at: The time.
        member_id: Only of this member.
        kind: Only this role.
        scope: Only there.
        below: Also at the nodes below `scope`.
    """
    statement = cut_out(select(roles).where(is_held(at)), page, roles.c.valid_from, roles.c.role_id)
    if member_id is not None:
        statement = statement.where(roles.c.member_id == member_id)
    if kind is not None:
        statement = statement.where(roles.c.kind == kind)
    if scope is not None:
        statement = statement.where(_is_at(scope, below=below))
    return [_role(row) for row in await connection.execute(statement)]


async def count_holders(
    connection: AsyncConnection, *, kind: RoleKind, node_id: str | None, at: datetime
) -> Holders:
    """Count who holds a role at a time, each member once, and the Party members among them.

    Args:
        connection: Reads.
        kind: The role.
        node_id: Only at this node or below it; None: wherever it is held.
        at: The time.
    """
    is_party = members.c.member_type.in_(PARTY_MEMBERS)
    statement = (
        select(
            func.count(distinct(roles.c.member_id)).label("holders"),
            func.count(distinct(roles.c.member_id)).filter(is_party).label("party_members"),
        )
        .join(members, members.c.member_id == roles.c.member_id)
        .where(is_held(at), roles.c.kind == kind)
    )
    if node_id is not None:
        statement = statement.where(_is_at(Scope(kind=ScopeKind.GRID_NODE, id=node_id), below=True))
    row = (await connection.execute(statement)).one()
    return Holders(holders=row.holders, party_members=row.party_members)


async def insert_roles(connection: AsyncConnection, granted: Sequence[Role]) -> None:
    """Insert roles of members and at places that are locked."""
    await insert_columns(
        connection,
        roles,
        [
            {
                "role_id": role.id,
                "kind": role.kind,
                "member_id": role.member_id,
                "scope_kind": role.scope.kind,
                "scope_id": role.scope.id,
                "valid_from": role.valid_from,
                "valid_until": role.valid_until,
                "revision": role.revision,
            }
            for role in granted
        ],
    )


async def update_roles(connection: AsyncConnection, ended: Sequence[Role]) -> None:
    """Store until when roles are held, of members that are locked."""
    rows = [
        {"role_id": role.id, "valid_until": role.valid_until, "revision": role.revision} for role in ended
    ]
    await update_columns(connection, roles.c.role_id, rows)


def _is_at(scope: Scope, *, below: bool) -> ColumnElement[bool]:
    is_of_kind = roles.c.scope_kind == scope.kind
    if scope.kind is ScopeKind.WORK_UNIT:
        return is_of_kind & roles.c.scope_id.in_(select(units_standing_for(scope.id).c.work_unit_id))
    if below:
        return is_of_kind & roles.c.scope_id.in_(select(subtree(scope.id).c.node_id))
    return is_of_kind & (roles.c.scope_id == scope.id)


def _role(row: Any) -> Role:
    return Role(
        id=row.role_id,
        kind=RoleKind(row.kind),
        member_id=row.member_id,
        scope=Scope(kind=ScopeKind(row.scope_kind), id=row.scope_id),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        withdrawn=row.withdrawn,
        revision=row.revision,
    )
