"""What must hold of the grid's past and of the counts beside it; `verify` looks for breaches."""

from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.jobs.verify import FINDINGS_MAX, Check, Checked
from services.members.domain.grid import Level
from services.members.domain.grid_history import NodeHistory
from services.members.storage.enrolment_counts import changes_of
from services.members.storage.enrolments import read_enrolments_in
from services.members.storage.grid_histories import complete
from services.members.storage.grid_nodes import node_of
from services.members.storage.grid_tables import enrolment_changes
from services.members.storage.tables import grid_nodes

NODES_PER_CHUNK: Final = 1_000


def checks_of_grid(*, zone: ZoneInfo) -> list[Check]:
    """List the laws of the grid's past.

    Args:
        zone: The district's, by whose days those enrolled are counted.
    """
    return [
        Check(name="what a node was before has no gap and no overlap", chunk=_check_pasts),
        Check(name="a node hangs below an open one, one level up", chunk=_check_parents),
        Check(name="counts per day equal the enrolments", chunk=_check_counts_in(zone)),
    ]


async def _check_pasts(connection: AsyncConnection, after: Any) -> Checked:
    statement = select(grid_nodes).where(grid_nodes.c.node_id > (after or ""))
    rows = await connection.execute(statement.order_by(grid_nodes.c.node_id).limit(NODES_PER_CHUNK))
    nodes = {row.node_id: node_of(row) for row in rows}
    histories = await complete(connection, nodes)
    findings = [f"the past of node {id_} is broken" for id_, each in histories.items() if _is_broken(each)]
    is_full = len(nodes) == NODES_PER_CHUNK
    return Checked(compared=len(nodes), findings=findings, next=max(nodes) if is_full else None)


def _is_broken(history: NodeHistory) -> bool:
    """Say whether spans do not follow each other from the beginning of the node to its end."""
    begins_at = history.node.effective_from
    for span in history.placements:
        if span.effective_from != begins_at:
            return True
        if span.effective_until is not None:
            if span.effective_until <= begins_at:
                return True
            begins_at = span.effective_until
    return False


async def _check_parents(connection: AsyncConnection, _next: Any) -> Checked:
    parent = grid_nodes.alias("parent")
    outlives = parent.c.closed_at.is_not(None) & (
        grid_nodes.c.closed_at.is_(None) | (grid_nodes.c.closed_at > parent.c.closed_at)
    )
    is_wrong = outlives | (parent.c.level != grid_nodes.c.level - 1)
    wrong = (
        select(grid_nodes.c.node_id)
        .join(parent, parent.c.node_id == grid_nodes.c.parent_id)
        .where(is_wrong)
        .order_by(grid_nodes.c.node_id)
        .limit(FINDINGS_MAX)
    )
    findings = [f"node {id_} hangs wrong" for id_ in (await connection.execute(wrong)).scalars()]
    compared = await connection.execute(select(func.count()).select_from(grid_nodes))
    return Checked(compared=compared.scalar_one(), findings=findings)


def _check_counts_in(zone: ZoneInfo) -> Any:
    async def chunk(connection: AsyncConnection, after: Any) -> Checked:
        """Compare one community, or whatever has counts, in the order of ids."""
        counted = exists().where(enrolment_changes.c.community_id == grid_nodes.c.node_id)
        following = (
            select(grid_nodes.c.node_id)
            .where(grid_nodes.c.node_id > (after or ""), (grid_nodes.c.level == Level.COMMUNITY) | counted)
            .order_by(grid_nodes.c.node_id)
            .limit(1)
        )
        node_id = (await connection.execute(following)).scalar_one_or_none()
        if node_id is None:
            return Checked(compared=0)
        expected = changes_of(await read_enrolments_in(connection, node_id), zone=zone)
        held = await connection.execute(
            select(enrolment_changes).where(enrolment_changes.c.community_id == node_id)
        )
        counts = {row.day: row.change for row in held if row.change}
        wanted = {day: change for (_, day), change in expected.items() if change}
        findings = [
            f"community {node_id} counts wrong on {day}"
            for day in sorted(counts.keys() | wanted.keys())
            if counts.get(day) != wanted.get(day)
        ]
        return Checked(compared=len(wanted), findings=findings, next=node_id)

    return chunk
