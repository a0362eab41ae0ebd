"""The tables that every service has beside its own."""

import sqlalchemy as sa
from alembic import op

from services.chassis.sql.types import Serial, UtcDateTime, text_key

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "cursors",
        sa.Column("log", sa.String(length=32), nullable=False),
        sa.Column("log_id", text_key(64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("fact_id", text_key(64), nullable=False),
        sa.PrimaryKeyConstraint("log"),
        comment="How far this service has kept each log it follows.",
    )
    op.create_table(
        "dirty_positions",
        sa.Column("subject", text_key(128), nullable=False),
        sa.Column("log", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "log"),
        comment="The first fact of each log that a dirty subject has not seen computed.",
    )
    op.create_index("dirty_positions_log", "dirty_positions", ["log", "position"], unique=False)
    op.create_table(
        "dirty_subjects",
        sa.Column("subject", text_key(128), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", UtcDateTime(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
        comment="Subjects that wait to be computed; with attempts they are parked.",
    )
    op.create_index("dirty_subjects_retry", "dirty_subjects", ["retry_at"], unique=False)
    op.create_table(
        "facts",
        sa.Column("position", Serial, autoincrement=False, nullable=False),
        sa.Column("fact_id", text_key(64), nullable=False),
        sa.Column("record_id", text_key(64), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("fact_id"),
        comment="This service's log. The envelope is a linli.feed.v1.Fact without its position.",
    )
    op.create_index("facts_record", "facts", ["record_id", "revision"], unique=True)
    op.create_table(
        "installation",
        sa.Column("only", Serial, autoincrement=False, nullable=False),
        sa.Column("log_id", text_key(64), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("only"),
        comment="One row: who this database is. The time zone is fixed when it is made.",
    )
    op.create_table(
        "jobs",
        sa.Column("job_id", text_key(64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("job_id"),
        comment="Long work, with its progress.",
    )
    op.create_index("jobs_open", "jobs", ["open", "retry_at"], unique=False)
    op.create_table(
        "received_facts",
        sa.Column("log", sa.String(length=32), nullable=False),
        sa.Column("record_id", text_key(64), nullable=False),
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=120), nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("envelope", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("log", "record_id", "revision"),
        comment="This service's own copy of the facts of others.",
    )
    op.create_index("received_facts_position", "received_facts", ["log", "position"], unique=True)
    op.create_table(
        "received_subjects",
        sa.Column("subject", text_key(128), nullable=False),
        sa.Column("log", sa.String(length=32), nullable=False),
        sa.Column("record_id", text_key(64), nullable=False),
        sa.PrimaryKeyConstraint("subject", "log", "record_id"),
        comment="Which records ever named a subject.",
    )
    op.create_index("received_subjects_record", "received_subjects", ["log", "record_id"], unique=False)
    op.create_table(
        "requests",
        sa.Column("client", sa.String(length=80), nullable=False),
        sa.Column("method", sa.String(length=120), nullable=False),
        sa.Column("request_id", text_key(64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("digests", sa.Text(), nullable=False),
        sa.Column("produced_id", text_key(64), nullable=False),
        sa.Column("last_fact_id", text_key(64), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("client", "method", "request_id"),
        comment="Every write that had an effect, for ever: keyed digests of its fields and what it produced.",
    )
