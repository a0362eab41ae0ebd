"""Reads what is and was in nodes of the grid."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Select, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.members.domain.grid_use import Use, UseKind
from services.members.storage.grid_tables import past_placements
from services.members.storage.organisation_tables import pairings, roles
from services.members.storage.tables import enrolments, grid_nodes

GRID_NODE: Final = "GRID_NODE"
"""The kind of a role's scope."""


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


async def _read_children(
    connection: AsyncConnection, ids: Collection[str]
) -> dict[str, dict[str, datetime | None]]:
    present = select(grid_nodes.c.parent_id, grid_nodes.c.node_id, grid_nodes.c.closed_at.label("until"))
    before = select(past_placements.c.parent_id, past_placements.c.node_id, past_placements.c.effective_until)
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
                ~roles.c.withdrawn, roles.c.scope_kind == GRID_NODE
            ),
            _counted(UseKind.PAIRINGS, pairings.c.community_id, pairings.c.ended_at, ids),
        ).subquery()
    )


def _counted(
    kind: UseKind,
    node: Column[str],
    end: Column[datetime],
    ids: Collection[str],
) -> Select[Any]:
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
