"""Reads and writes what nodes of the grid were before."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.sql.columns import insert_columns, update_columns
from services.chassis.work import Work
from services.members.domain.grid import Node
from services.members.domain.grid_history import NodeHistory, Placement, Succession, SuccessionKind
from services.members.storage.grid_nodes import lock_nodes, read_nodes
from services.members.storage.grid_tables import grid_successions, past_placements
from services.members.storage.tables import grid_nodes


async def read_histories(connection: AsyncConnection, node_ids: Collection[str]) -> dict[str, NodeHistory]:
    """Read nodes with their pasts, by id; those that do not exist are left out."""
    return await complete(connection, await read_nodes(connection, node_ids))


async def lock_histories(connection: AsyncConnection, node_ids: Collection[str]) -> dict[str, NodeHistory]:
    """Read nodes with their pasts, to change them: nobody else does until the transaction ends."""
    return await complete(connection, await lock_nodes(connection, node_ids))


async def complete(connection: AsyncConnection, nodes: Mapping[str, Node]) -> dict[str, NodeHistory]:
    """Read the pasts of nodes that were read."""
    ids = sorted(nodes)
    past: dict[str, list[Placement]] = defaultdict(list)
    spans = select(past_placements).where(is_among(past_placements.c.node_id, ids))
    for row in await connection.execute(spans.order_by(past_placements.c.effective_from)):
        past[row.node_id].append(_placement(row))
    successions: dict[str, list[Succession]] = defaultdict(list)
    is_side = or_(is_among(grid_successions.c.node_id, ids), is_among(grid_successions.c.successor_id, ids))
    sides = select(grid_successions).where(is_side)
    in_order = (grid_successions.c.effective_at, grid_successions.c.node_id, grid_successions.c.successor_id)
    for row in await connection.execute(sides.order_by(*in_order)):
        succession = _succession(row)
        for side in {row.node_id, row.successor_id} & nodes.keys():
            successions[side].append(succession)
    return {
        node_id: NodeHistory(node=node, past=tuple(past[node_id]), successions=tuple(successions[node_id]))
        for node_id, node in nodes.items()
    }


async def write_changes(
    work: Work, *, before: Mapping[str, NodeHistory], after: Iterable[NodeHistory]
) -> None:
    """Store what changed of nodes that are locked.

    Args:
        work: One transaction.
        before: As they are stored, by id.
        after: As they were decided; of a node that was changed again the last counts.
    """
    last = {history.node.id: history for history in after}
    rows = [
        {
            "node_id": node.id,
            "name": node.name,
            "parent_id": node.parent_id,
            "placed_at": node.placed_at,
            "closed_at": node.closed_at,
            "revision": node.revision,
        }
        for node in (last[node_id].node for node_id in sorted(last))
    ]
    await update_columns(work.connection, grid_nodes.c.node_id, rows)
    left = [
        {
            "node_id": node_id,
            "effective_from": span.effective_from,
            "effective_until": span.effective_until,
            "name": span.name,
            "parent_id": span.parent_id,
        }
        for node_id in sorted(last)
        for span in last[node_id].past[len(before[node_id].past) :]
    ]
    await insert_columns(work.connection, past_placements, left)


async def insert_successions(work: Work, successions: Iterable[Succession]) -> None:
    rows = [
        {
            "node_id": each.node_id,
            "successor_id": each.successor_id,
            "kind": each.kind,
            "effective_at": each.effective_at,
        }
        for each in successions
    ]
    await insert_columns(work.connection, grid_successions, rows)


def _placement(row: Any) -> Placement:
    return Placement(
        name=row.name,
        parent_id=row.parent_id,
        effective_from=row.effective_from,
        effective_until=row.effective_until,
    )


def _succession(row: Any) -> Succession:
    return Succession(
        node_id=row.node_id,
        successor_id=row.successor_id,
        kind=SuccessionKind(row.kind),
        effective_at=row.effective_at,
    )
