"""Reads and writes nodes of the grid."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.sql.statements import insert_free
from services.chassis.work import Work
from services.members.domain.faults import NodeUnknown
from services.members.domain.grid import Level, Node
from services.members.storage.tables import grid_nodes


async def read_nodes(connection: AsyncConnection, node_ids: Collection[str]) -> dict[str, Node]:
    """Read nodes by id; those that do not exist are left out."""
    statement = select(grid_nodes).where(grid_nodes.c.node_id.in_(set(node_ids)))
    return {row.node_id: node_of(row) for row in await connection.execute(statement)}


async def read_known_node(connection: AsyncConnection, node_id: str) -> Node:
    """Read the node that a request names.

    Raises:
        NodeUnknown: There is none.
    """
    found = await read_nodes(connection, [node_id])
    if node_id not in found:
        raise NodeUnknown(field="node_id", node_id=node_id)
    return found[node_id]


async def hold_nodes(connection: AsyncConnection, node_ids: Collection[str]) -> dict[str, Node]:
    """Read nodes and keep others from changing them until the transaction ends.

    Any number of transactions may hold a node at once. Nodes are held or locked before members are locked, so
    that nobody who has a member waits for a node.
    """
    return await _read_in_order(connection, node_ids, only_hold=True)


async def lock_nodes(connection: AsyncConnection, node_ids: Collection[str]) -> dict[str, Node]:
    """Read nodes to change them: nobody else changes or holds them until the transaction ends."""
    return await _read_in_order(connection, node_ids, only_hold=False)


async def _read_in_order(
    connection: AsyncConnection, node_ids: Collection[str], *, only_hold: bool
) -> dict[str, Node]:
    statement = (
        select(grid_nodes)
        .where(is_among(grid_nodes.c.node_id, sorted(set(node_ids))))
        .order_by(grid_nodes.c.node_id)
        # Rows that refer to a node may be inserted while it is locked to be changed, unless they hold it too.
        .with_for_update(read=only_hold, key_share=not only_hold)
    )
    return {row.node_id: node_of(row) for row in await connection.execute(statement)}


async def read_nodes_by_code(connection: AsyncConnection, codes: Collection[str]) -> dict[str, Node]:
    """Read nodes by code; those that do not exist are left out."""
    statement = select(grid_nodes).where(is_among(grid_nodes.c.code, sorted(set(codes))))
    return {row.code: node_of(row) for row in await connection.execute(statement)}


async def read_lineages(connection: AsyncConnection, node_ids: Collection[str]) -> dict[str, Node]:
    """Read nodes and all that now stand above them."""
    found: dict[str, Node] = {}
    wanted = set(node_ids)
    for _ in Level:
        found |= await read_nodes(connection, wanted) if wanted else {}
        wanted = {node.parent_id for node in found.values() if node.parent_id} - found.keys()
    return found


async def has_district(connection: AsyncConnection) -> bool:
    statement = select(exists().where(grid_nodes.c.level == Level.DISTRICT))
    return bool((await connection.execute(statement)).scalar_one())


async def read_district_id(connection: AsyncConnection) -> str | None:
    """Read which node is the district; None before there is one."""
    statement = select(grid_nodes.c.node_id).where(grid_nodes.c.level == Level.DISTRICT)
    return (await connection.execute(statement)).scalar_one_or_none()


async def insert_nodes(work: Work, nodes: Collection[Node]) -> set[str]:
    """Insert nodes; returns the ids of those whose code, and place as the district, were still free."""
    rows = [
        {
            "node_id": node.id,
            "code": node.code,
            "name": node.name,
            "level": node.level,
            "parent_id": node.parent_id,
            "effective_from": node.effective_from,
            "revision": node.revision,
        }
        # Parents first, as SQLite looks for them row by row.
        for node in sorted(nodes, key=lambda node: (node.level, node.code))
    ]
    return await insert_free(work.connection, grid_nodes.c.node_id, rows)


def node_of(row: Any) -> Node:
    """Make a node of a row with the columns of the table."""
    return Node(
        id=row.node_id,
        code=row.code,
        name=row.name,
        level=Level(row.level),
        parent_id=row.parent_id,
        effective_from=row.effective_from,
        placed_at=row.placed_at,
        closed_at=row.closed_at,
        revision=row.revision,
    )
