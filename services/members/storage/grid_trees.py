"""Reads the grid as it was at a time: what was below a node, and what above it.

Computed from where each node hung then, so that there is nothing that a move could leave behind. The grid is
five levels deep, so the steps are written out, one table expression each, and go over the indexes of parents.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.paging import cut_out
from services.members.domain.grid import Level, Node
from services.members.storage.grid_nodes import node_of
from services.members.storage.grid_tables import past_placements
from services.members.storage.tables import grid_nodes

_Joined = Callable[[FromClause], ColumnElement[bool]]
"""Says by which placements of a table a step goes on."""


def subtree(ancestor_id: str, /, *, at: datetime, down_to: Level = Level.BUILDING_GROUP) -> Subquery:
    """Name the nodes that were at and below one: `node_id`, `name`, `parent_id` and `level` as at that time.

    Args:
        ancestor_id: The top; nothing if it did not exist then.
        at: When.
        down_to: The lowest level.
    """
    steps = [_first(ancestor_id, at)]
    for depth in range(1, len(Level)):
        above = steps[-1]
        steps.append(
            _step(
                at,
                name=f"below_{depth}",
                of=above,
                level=above.c.level + 1,
                joined=lambda table, above=above: table.c.parent_id == above.c.node_id,  # type: ignore[misc]
                where=above.c.level < down_to,
            )
        )
    return union_all(*(select(step) for step in steps)).subquery("subtree")


async def list_nodes(
    connection: AsyncConnection,
    page: Page,
    *,
    ancestor_id: str | None,
    level: Level | None,
    at: datetime,
) -> Sequence[Node]:
    """Read nodes as they were at a time, in the order of their codes.

    Args:
        connection: Reads.
        page: By code; one row more than its size is read.
        ancestor_id: Only this node and those that were below it, at any depth.
        level: Only this level.
        at: When.
    """
    placed = _everywhere(at) if ancestor_id is None else subtree(ancestor_id, at=at)
    statement = cut_out(_nodes_of(placed), page, grid_nodes.c.code)
    if level is not None:
        statement = statement.where(grid_nodes.c.level == level)
    return [node_of(row) for row in await connection.execute(statement)]


async def list_ancestors(connection: AsyncConnection, node_id: str, *, at: datetime) -> Sequence[Node]:
    """Read a node and all that were above it at a time, from the top; nothing if it did not exist then."""
    steps = [_first(node_id, at)]
    for height in range(1, len(Level)):
        below = steps[-1]
        steps.append(
            _step(
                at,
                name=f"above_{height}",
                of=below,
                level=below.c.level - 1,
                joined=lambda table, below=below: table.c.node_id == below.c.parent_id,  # type: ignore[misc]
            )
        )
    lineage = union_all(*(select(step) for step in steps)).subquery("lineage")
    found = await connection.execute(_nodes_of(lineage).order_by(grid_nodes.c.level))
    return [node_of(row) for row in found]


def _nodes_of(placed: Subquery) -> Select[Any]:
    kept = [column for column in grid_nodes.c if column.name not in {"name", "parent_id"}]
    return select(*kept, placed.c.name, placed.c.parent_id).join_from(
        grid_nodes, placed, placed.c.node_id == grid_nodes.c.node_id
    )


def _first(node_id: str, at: datetime) -> CTE:
    level = select(grid_nodes.c.level).where(grid_nodes.c.node_id == node_id).scalar_subquery()
    now, before = _columns(grid_nodes, level), _columns(past_placements, level)
    return union_all(
        now.where(_is_present(at), grid_nodes.c.node_id == node_id),
        before.where(_was_past(at), past_placements.c.node_id == node_id),
    ).cte("from_here")


def _step(
    at: datetime,
    *,
    name: str,
    of: CTE,
    level: ColumnElement[int],
    joined: _Joined,
    where: ColumnElement[bool] | None = None,
) -> CTE:
    now, before = _columns(grid_nodes, level), _columns(past_placements, level)
    now = now.select_from(grid_nodes).join(of, joined(grid_nodes)).where(_is_present(at))
    before = before.select_from(past_placements).join(of, joined(past_placements)).where(_was_past(at))
    if where is not None:
        now, before = now.where(where), before.where(where)
    return union_all(now, before).cte(name)


def _everywhere(at: datetime) -> Subquery:
    unknown = literal_column("0")
    now, before = _columns(grid_nodes, unknown), _columns(past_placements, unknown)
    return union_all(now.where(_is_present(at)), before.where(_was_past(at))).subquery("everywhere")


def _columns(table: FromClause, level: ColumnElement[Any]) -> Select[Any]:
    return select(table.c.node_id, table.c.name, table.c.parent_id, level.label("level"))


def _is_present(at: datetime) -> ColumnElement[bool]:
    since = func.coalesce(grid_nodes.c.placed_at, grid_nodes.c.effective_from)
    is_open = or_(grid_nodes.c.closed_at.is_(None), grid_nodes.c.closed_at > at)
    return (since <= at) & is_open


def _was_past(at: datetime) -> ColumnElement[bool]:
    return (past_placements.c.effective_from <= at) & (past_placements.c.effective_until > at)
