"""Feedback statements and renewals."""

import sqlalchemy as sa
from alembic import op

from services.chassis.sql.types import UtcDateTime, text_key
from services.members.storage.migrations.frozen_statements import freeze_what_was_sent

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "feedback_statements",
        sa.Column("statement_id", text_key(64), nullable=False),
        sa.Column("period_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", text_key(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("supersedes_id", text_key(64), nullable=True),
        sa.Column("community_id", text_key(64), nullable=False),
        sa.Column("work_unit_id", text_key(64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("service_minutes", sa.BigInteger(), nullable=False),
        sa.Column("activities", sa.Integer(), nullable=False),
        sa.Column("wishes", sa.Integer(), nullable=False),
        sa.Column("merit_milli", sa.BigInteger(), nullable=False),
        sa.Column("positions", sa.Text(), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("generated_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_at", UtcDateTime(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=80), nullable=True),
        sa.Column("replied_at", UtcDateTime(), nullable=True),
        sa.Column("replied_by", sa.String(length=80), nullable=True),
        sa.Column("reply", sa.String(length=1000), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(version = 1) = (supersedes_id IS NULL)", name="feedback_statements_versions"),
        sa.CheckConstraint(
            "(state IN ('COMPUTING', 'DRAFT')) = (sent_at IS NULL)", name="feedback_statements_sent"
        ),
        sa.CheckConstraint("(sent_at IS NULL) = (due_at IS NULL)", name="feedback_statements_due"),
        sa.CheckConstraint(
            "(state IN ('ACKNOWLEDGED', 'REPLIED')) = (acknowledged_at IS NOT NULL)",
            name="feedback_statements_acknowledged",
        ),
        sa.CheckConstraint(
            "(state = 'REPLIED') = (replied_at IS NOT NULL)", name="feedback_statements_replied"
        ),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["grid_nodes.node_id"],
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.member_id"],
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"],
            ["feedback_statements.statement_id"],
        ),
        sa.ForeignKeyConstraint(
            ["work_unit_id"],
            ["work_units.work_unit_id"],
        ),
        sa.PrimaryKeyConstraint("statement_id"),
        sa.UniqueConstraint("period_id", "member_id", "version"),
        comment="What a community tells a work unit about a member; triggers freeze what was sent. "
        "Positions are JSON.",
    )
    op.create_index(
        "feedback_statements_from", "feedback_statements", ["community_id", "period_id"], unique=False
    )
    op.create_index("feedback_statements_newer", "feedback_statements", ["supersedes_id"], unique=True)
    op.create_index("feedback_statements_of", "feedback_statements", ["member_id"], unique=False)
    op.create_index(
        "feedback_statements_to", "feedback_statements", ["work_unit_id", "period_id"], unique=False
    )
    op.create_table(
        "enrolment_renewals",
        sa.Column("enrolment_id", text_key(64), nullable=False),
        sa.Column("period_id", sa.String(length=32), nullable=False),
        sa.Column("renewed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"],
            ["enrolments.enrolment_id"],
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "period_id"),
    )
    freeze_what_was_sent()
