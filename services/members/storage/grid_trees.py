"""Reads the grid as it was at a time: what was below a node, and what above it.

Computed from where each node hung then, so that there is nothing that a move could leave behind. The grid is
five levels deep, so the steps are written out, one table expression each, and go over the indexes of parents.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Subquery,
    Table,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.paging import cut_out
from services.members.domain.grid import Level, Node
from services.members.storage.grid_nodes import node_of
from services.members.storage.grid_tables import past_placements
from services.members.storage.tables import grid_nodes

_ANY: Final = true()
_Joined = Callable[[Table], ColumnElement[bool]]
"""Says by which placements of a table a step goes on."""


def subtree(
    ancestor_id: str, /, *, at: datetime | None = None, down_to: Level = Level.BUILDING_GROUP
) -> Subquery:
    """Name the nodes at and below one: `node_id`, `name`, `parent_id` and `level` as they were.

    Args:
        ancestor_id: The top; nothing if it did not exist then.
        at: When; None: as the grid is now, without what was closed.
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


def _first(node_id: str, at: datetime | None) -> CTE:
    level = select(grid_nodes.c.level).where(grid_nodes.c.node_id == node_id).scalar_subquery()
    return union_all(
        *(
            select(*_columns(table, level)).where(is_then, table.c.node_id == node_id)
            for table, is_then in _placements(at)
        )
    ).cte("from_here")


def _step(
    at: datetime | None,
    *,
    name: str,
    of: CTE,
    level: ColumnElement[int],
    joined: _Joined,
    where: ColumnElement[bool] = _ANY,
) -> CTE:
    return union_all(
        *(
            select(*_columns(table, level)).select_from(table).join(of, joined(table)).where(is_then, where)
            for table, is_then in _placements(at)
        )
    ).cte(name)


def _everywhere(at: datetime) -> Subquery:
    unknown: ColumnElement[int] = literal_column("0")
    return union_all(
        *(select(*_columns(table, unknown)).where(is_then) for table, is_then in _placements(at))
    ).subquery("everywhere")


def _placements(at: datetime | None) -> list[tuple[Table, ColumnElement[bool]]]:
    """Say where placements stand, and which of them held at a time; no two of one node did."""
    if at is None:
        return [(grid_nodes, grid_nodes.c.closed_at.is_(None))]
    since = func.coalesce(grid_nodes.c.placed_at, grid_nodes.c.effective_from)
    is_open = or_(grid_nodes.c.closed_at.is_(None), grid_nodes.c.closed_at > at)
    was_past = (past_placements.c.effective_from <= at) & (past_placements.c.effective_until > at)
    return [(grid_nodes, (since <= at) & is_open), (past_placements, was_past)]


def _columns(table: Table, level: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    return [table.c.node_id, table.c.name, table.c.parent_id, level.label("level")]
