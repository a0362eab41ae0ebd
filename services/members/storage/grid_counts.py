"""Counts what is below a node of the grid: nodes, and members from the counts per day."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.domain.grid import Level
from services.members.storage.grid_tables import enrolment_changes
from services.members.storage.grid_trees import subtree


async def count_nodes(connection: AsyncConnection, node_id: str, *, at: datetime) -> dict[Level, int]:
    """Count the nodes that were at and below one at a time, by level."""
    nodes = subtree(node_id, at=at)
    statement = select(nodes.c.level, func.count().label("nodes")).group_by(nodes.c.level)
    return {Level(row.level): row.nodes for row in await connection.execute(statement)}


async def count_enrolled(connection: AsyncConnection, node_id: str, *, at: datetime, day: date) -> int:
    """Count the members who were enrolled at or below a node at the end of a day.

    The enrolments themselves are not read: of a million, that takes a second.

    Args:
        connection: Reads.
        node_id: A community or above.
        at: The last moment of the day, or now while it runs: the subtree as it was then.
        day: Of the district's calendar.
    """
    communities = subtree(node_id, at=at, down_to=Level.COMMUNITY)
    statement = select(func.coalesce(func.sum(enrolment_changes.c.change), 0)).where(
        enrolment_changes.c.community_id.in_(
            select(communities.c.node_id).where(communities.c.level == Level.COMMUNITY)
        ),
        enrolment_changes.c.day <= day,
    )
    return int((await connection.execute(statement)).scalar_one())
