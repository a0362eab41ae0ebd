"""The register's tables."""

import sqlalchemy as sa
from alembic import op

from services.chassis.sql.types import UtcDateTime, text_key

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "grid_nodes",
        sa.Column("node_id", text_key(64), nullable=False),
        sa.Column("code", text_key(64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("parent_id", text_key(64), nullable=True),
        sa.Column("effective_from", UtcDateTime(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(level = 1) = (parent_id IS NULL)", name="grid_nodes_top"),
        sa.CheckConstraint("level BETWEEN 1 AND 5", name="grid_nodes_level"),
        sa.ForeignKeyConstraint(["parent_id"], ["grid_nodes.node_id"]),
        sa.PrimaryKeyConstraint("node_id"),
        sa.UniqueConstraint("code"),
        comment="The five-level grid; level 1 is the district.",
    )
    op.create_index(
        "grid_nodes_one_district",
        "grid_nodes",
        ["level"],
        unique=True,
        postgresql_where=sa.text("level = 1"),
        sqlite_where=sa.text("level = 1"),
    )
    op.create_index("grid_nodes_parent", "grid_nodes", ["parent_id"], unique=False)
    op.create_table(
        "participations",
        sa.Column("member_id", text_key(64), nullable=False),
        sa.Column("log", sa.String(length=32), nullable=False),
        sa.Column("record_id", text_key(64), nullable=False),
        sa.Column("effective_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "log", "record_id"),
        comment="Derived from received facts, and replaced whenever they change.",
    )
    op.create_index("participations_at", "participations", ["member_id", "effective_at"], unique=False)
    op.create_table(
        "work_units",
        sa.Column("work_unit_id", text_key(64), nullable=False),
        sa.Column("code", text_key(64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("effective_from", UtcDateTime(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("work_unit_id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "members",
        sa.Column("member_id", text_key(64), nullable=False),
        sa.Column("code", text_key(64), nullable=False),
        sa.Column("member_type", sa.String(length=16), nullable=False),
        sa.Column("work_unit_id", text_key(64), nullable=True),
        sa.Column("registered_at", UtcDateTime(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "member_type <> 'IN_SERVICE' OR work_unit_id IS NOT NULL", name="members_work_unit"
        ),
        sa.ForeignKeyConstraint(["work_unit_id"], ["work_units.work_unit_id"]),
        sa.PrimaryKeyConstraint("member_id"),
        sa.UniqueConstraint("code"),
        comment="Who is on the register, without personal data.",
    )
    op.create_index("members_of_work_unit", "members", ["work_unit_id", "code"], unique=False)
    op.create_table(
        "enrolments",
        sa.Column("enrolment_id", text_key(64), nullable=False),
        sa.Column("member_id", text_key(64), nullable=False),
        sa.Column("community_id", text_key(64), nullable=False),
        sa.Column("enrolled_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ended_at > enrolled_at", name="enrolments_end"),
        sa.ForeignKeyConstraint(["community_id"], ["grid_nodes.node_id"]),
        sa.ForeignKeyConstraint(["member_id"], ["members.member_id"]),
        sa.PrimaryKeyConstraint("enrolment_id"),
        comment="In force from enrolled_at until just before ended_at; active without ended_at.",
    )
    op.create_index("enrolments_in_community", "enrolments", ["community_id"], unique=False)
    op.create_index("enrolments_of_member", "enrolments", ["member_id", "enrolled_at"], unique=False)
    op.create_index(
        "enrolments_one_active",
        "enrolments",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "personal_details",
        sa.Column("member_id", text_key(64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.member_id"]),
        sa.PrimaryKeyConstraint("member_id"),
        comment="Personal data, read and written by storage/personal_details.py alone.",
    )
