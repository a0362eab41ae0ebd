"""The table of feedback statements (双向反馈)."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from services.chassis.sql.types import Id, UtcDateTime
from services.members.storage.tables import CallerName, Word, metadata

feedback_statements = Table(
    "feedback_statements",
    metadata,
    Column("statement_id", Id, primary_key=True),
    Column("period_id", Word, nullable=False),
    Column("member_id", Id, ForeignKey("members.member_id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("supersedes_id", Id, ForeignKey("feedback_statements.statement_id")),
    Column("community_id", Id, ForeignKey("grid_nodes.node_id"), nullable=False),
    Column("work_unit_id", Id, ForeignKey("work_units.work_unit_id"), nullable=False),
    Column("state", Word, nullable=False),
    Column("service_minutes", BigInteger, nullable=False),
    Column("activities", Integer, nullable=False),
    Column("wishes", Integer, nullable=False),
    Column("merit_milli", BigInteger, nullable=False),
    Column("positions", Text, nullable=False),
    Column("comment", String(1000), nullable=False),
    Column("generated_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("acknowledged_at", UtcDateTime),
    Column("acknowledged_by", CallerName),
    Column("replied_at", UtcDateTime),
    Column("replied_by", CallerName),
    Column("reply", String(1000), nullable=False),
    Column("revision", BigInteger, nullable=False),
    UniqueConstraint("period_id", "member_id", "version"),
    CheckConstraint("(version = 1) = (supersedes_id IS NULL)", name="feedback_statements_versions"),
    CheckConstraint("(state IN ('COMPUTING', 'DRAFT')) = (sent_at IS NULL)", name="feedback_statements_sent"),
    CheckConstraint("(sent_at IS NULL) = (due_at IS NULL)", name="feedback_statements_due"),
    CheckConstraint(
        "(state IN ('ACKNOWLEDGED', 'REPLIED')) = (acknowledged_at IS NOT NULL)",
        name="feedback_statements_acknowledged",
    ),
    CheckConstraint("(state = 'REPLIED') = (replied_at IS NOT NULL)", name="feedback_statements_replied"),
    Index("feedback_statements_newer", "supersedes_id", unique=True),
    Index("feedback_statements_to", "work_unit_id", "period_id"),
    Index("feedback_statements_from", "community_id", "period_id"),
    Index("feedback_statements_of", "member_id"),
    comment="What a community tells a work unit about a member; triggers freeze what was sent. "
    "Positions are JSON.",
)
