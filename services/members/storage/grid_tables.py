"""The tables of what the grid was before, and of how many are enrolled where."""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Table

from services.chassis.sql.types import Id, UtcDateTime
from services.members.storage.tables import Name, Word, metadata

past_placements = Table(
    "past_placements",
    metadata,
    Column("node_id", Id, ForeignKey("grid_nodes.node_id"), primary_key=True),
    Column("effective_from", UtcDateTime, primary_key=True),
    Column("effective_until", UtcDateTime, nullable=False),
    Column("name", Name, nullable=False),
    Column("parent_id", Id, ForeignKey("grid_nodes.node_id")),
    Index("past_placements_under", "parent_id"),
    comment="What nodes were called and where they hung before, without gaps.",
)

grid_successions = Table(
    "grid_successions",
    metadata,
    Column("node_id", Id, ForeignKey("grid_nodes.node_id"), primary_key=True),
    Column("successor_id", Id, ForeignKey("grid_nodes.node_id"), primary_key=True),
    Column("kind", Word, nullable=False),
    Column("effective_at", UtcDateTime, nullable=False),
    Index("grid_successions_to", "successor_id"),
    comment="Nodes that were split into others or merged into one.",
)

enrolment_changes = Table(
    "enrolment_changes",
    metadata,
    Column("community_id", Id, ForeignKey("grid_nodes.node_id"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("change", BigInteger, nullable=False),
    comment="By how much the number of those enrolled changed on a day of the district's calendar.",
)
