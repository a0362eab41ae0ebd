"""Reads what is and was in nodes of the grid."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Select, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.members.domain.grid_use import Use, UseKind
from services.members.domain.place import ScopeKind
from services.members.storage.grid_tables import past_placements
from services.members.storage.organisation_tables import pairings, roles
from services.members.storage.tables import enrolments, grid_nodes


async def read_uses(connection: AsyncConnection, node_ids: Collection[str]) -> dict[str, Use]:
    """Read what is and was in nodes, by node id; a node in which nothing ever was is left out."""
    ids = sorted(set(node_ids))
    children = await _read_children(connection, ids)
    lasting: dict[str, dict[UseKind, int]] = defaultdict(dict)
    ends: dict[str, list[datetime]] = defaultdict(list)
    for row in await connection.execute(_other_uses(ids)):
        if row.lasting:
            lasting[row.node_id][UseKind(row.kind)] = row.lasting
        if row.ends_at is not None:
            ends[row.node_id].append(row.ends_at)
    return {
        node_id: Use(
            children=children[node_id],
            lasting=lasting[node_id],
            ends_at=max(ends[node_id], default=None),
        )
        for node_id in {*children, *lasting, *ends}
    }


async def read_children(connection: AsyncConnection, node_ids: Collection[str]) -> dict[str, list[str]]:
    """Read the ids of the nodes that hang below these and are open, in the order of ids."""
    found: dict[str, list[str]] = defaultdict(list)
    for node_id, children in (await _read_children(connection, sorted(set(node_ids)))).items():
        found[node_id] = sorted(child_id for child_id, until in children.items() if until is None)
    return found


async def count_later(
    connection: AsyncConnection, node_ids: Collection[str], *, at: datetime
) -> dict[str, int]:
    """Count what in these nodes did not begin before a time, or ended after it; nothing: no entry.

    A role or a pairing whose end lies later counts only if it began later: it can be ended sooner.
    """
    ids = sorted(set(node_ids))
    later: dict[str, Select[Any]] = {
        UseKind.ENROLMENTS: _in_force(ids).where(
            or_(enrolments.c.enrolled_at >= at, enrolments.c.ended_at > at)
        ),
        UseKind.ROLES: _held(ids).where(
            roles.c.valid_from >= at, or_(roles.c.valid_until.is_(None), roles.c.valid_until > at)
        ),
        UseKind.PAIRINGS: _paired(ids).where(pairings.c.began_at >= at),
        "children": select(func.count()).where(
            is_among(past_placements.c.parent_id, ids), past_placements.c.effective_until > at
        ),
    }
    return await _count(connection, later)


async def count_lasting(connection: AsyncConnection, node_ids: Collection[str], *, at: datetime) -> int:
    """Count what goes on in these nodes beyond a time, beside the nodes below them."""
    ids = sorted(set(node_ids))
    lasting: dict[str, Select[Any]] = {
        UseKind.ENROLMENTS: _in_force(ids).where(enrolments.c.ended_at.is_(None)),
        UseKind.ROLES: _held(ids).where(or_(roles.c.valid_until.is_(None), roles.c.valid_until > at)),
        UseKind.PAIRINGS: _paired(ids).where(or_(pairings.c.ended_at.is_(None), pairings.c.ended_at > at)),
    }
    counted = await _count(connection, lasting)
    return sum(counted.values())


async def _count(connection: AsyncConnection, counted: Mapping[str, Select[Any]]) -> dict[str, int]:
    figures = select(*(count.scalar_subquery().label(kind) for kind, count in counted.items()))
    row = (await connection.execute(figures)).mappings().one()
    return {kind: figure for kind, figure in row.items() if figure}


def _in_force(ids: Collection[str]) -> Select[Any]:
    return select(func.count()).where(is_among(enrolments.c.community_id, ids), ~enrolments.c.withdrawn)


def _held(ids: Collection[str]) -> Select[Any]:
    is_here = (roles.c.scope_kind == ScopeKind.GRID_NODE) & is_among(roles.c.scope_id, ids)
    return select(func.count()).where(is_here, ~roles.c.withdrawn)


def _paired(ids: Collection[str]) -> Select[Any]:
    return select(func.count()).where(is_among(pairings.c.community_id, ids))


async def _read_children(
    connection: AsyncConnection, ids: Collection[str]
) -> dict[str, dict[str, datetime | None]]:
    left, closed = past_placements.c.effective_until, grid_nodes.c.closed_at
    before = select(past_placements.c.parent_id, past_placements.c.node_id, left.label("until"))
    present = select(grid_nodes.c.parent_id, grid_nodes.c.node_id, closed.label("until"))
    spans = union_all(
        before.where(is_among(past_placements.c.parent_id, ids)),
        present.where(is_among(grid_nodes.c.parent_id, ids)),
    ).subquery()
    children: dict[str, dict[str, datetime | None]] = defaultdict(dict)
    for row in await connection.execute(select(spans)):
        spans_of = children[row.parent_id]
        # Of a child that came back the present span counts, which has no end or a later one.
        known = spans_of.get(row.node_id, row.until)
        spans_of[row.node_id] = None if known is None or row.until is None else max(known, row.until)
    return children


def _other_uses(ids: Collection[str]) -> Select[Any]:
    return select(
        union_all(
            _counted(UseKind.ENROLMENTS, enrolments.c.community_id, enrolments.c.ended_at, ids).where(
                ~enrolments.c.withdrawn
            ),
            _counted(UseKind.ROLES, roles.c.scope_id, roles.c.valid_until, ids).where(
                ~roles.c.withdrawn, roles.c.scope_kind == ScopeKind.GRID_NODE
            ),
            _counted(UseKind.PAIRINGS, pairings.c.community_id, pairings.c.ended_at, ids),
        ).subquery()
    )


def _counted(
    kind: UseKind, node: Column[str], end: Column[datetime], ids: Collection[str]
) -> Select[str, str, int, datetime]:
    return (
        select(
            literal(kind.value).label("kind"),
            node.label("node_id"),
            func.count().filter(end.is_(None)).label("lasting"),
            func.max(end, type_=end.type).label("ends_at"),
        )
        .where(is_among(node, ids))
        .group_by(node)
    )
