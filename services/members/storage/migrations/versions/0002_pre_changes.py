"""The register as it changes: what was before, why it changed, and by which policy."""

import sqlalchemy as sa
from alembic import op

from services.chassis.sql.types import UtcDateTime, text_key
from services.members.storage.migrations.enrolment_counts import count_enrolments
from services.members.storage.migrations.participations import derive_participations_anew

revision = "0002"
down_revision = "0001"

COMMENTS = {
    "grid_nodes": "The five-level grid; level 1 is the district. "
    "Name and parent hold since placed_at, or ever.",
    "work_units": "Employers with a Party organisation. The id of one that was merged stands for another.",
    "members": "Who is on the register, without personal data. "
    "The work unit holds since work_unit_since, or ever.",
}


REFUSE_OVERLAP = """
WHEN NOT NEW.withdrawn BEGIN
    SELECT RAISE(ABORT, 'a member has one enrolment at a time') WHERE EXISTS (
        SELECT 1 FROM enrolments AS other
        WHERE other.member_id = NEW.member_id AND NOT other.withdrawn
        AND other.enrolment_id <> NEW.enrolment_id
        AND (other.ended_at IS NULL OR other.ended_at > NEW.enrolled_at)
        AND (NEW.ended_at IS NULL OR NEW.ended_at > other.enrolled_at)
    );
END
"""


def upgrade() -> None:
    op.create_table(
        "policies",
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("set_by", sa.String(length=80), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("revision"),
        comment="The policy of the register, as JSON; the highest revision holds.",
    )
    op.create_table(
        "reasons",
        sa.Column("record_id", text_key(64), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("stated_by", sa.String(length=80), nullable=False),
        sa.Column("stated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "revision"),
        comment="Why a revision of any record came about, and who said so; no fact tells it.",
    )
    op.create_table(
        "enrolment_changes",
        sa.Column("community_id", text_key(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["grid_nodes.node_id"],
        ),
        sa.PrimaryKeyConstraint("community_id", "day"),
        comment="By how much the number of those enrolled changed on a day of the district's calendar.",
    )
    op.create_table(
        "grid_successions",
        sa.Column("node_id", text_key(64), nullable=False),
        sa.Column("successor_id", text_key(64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("effective_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["grid_nodes.node_id"],
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"],
            ["grid_nodes.node_id"],
        ),
        sa.PrimaryKeyConstraint("node_id", "successor_id"),
        comment="Nodes that were split into others or merged into one.",
    )
    op.create_index("grid_successions_to", "grid_successions", ["successor_id"], unique=False)
    op.create_table(
        "past_placements",
        sa.Column("node_id", text_key(64), nullable=False),
        sa.Column("effective_from", UtcDateTime(), nullable=False),
        sa.Column("effective_until", UtcDateTime(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("parent_id", text_key(64), nullable=True),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["grid_nodes.node_id"],
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["grid_nodes.node_id"],
        ),
        sa.PrimaryKeyConstraint("node_id", "effective_from"),
        comment="What nodes were called and where they hung before, without gaps.",
    )
    op.create_index("past_placements_under", "past_placements", ["parent_id"], unique=False)
    op.create_table(
        "past_work_units",
        sa.Column("member_id", text_key(64), nullable=False),
        sa.Column("effective_from", UtcDateTime(), nullable=False),
        sa.Column("effective_until", UtcDateTime(), nullable=False),
        sa.Column("work_unit_id", text_key(64), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.member_id"],
        ),
        sa.ForeignKeyConstraint(
            ["work_unit_id"],
            ["work_units.work_unit_id"],
        ),
        sa.PrimaryKeyConstraint("member_id", "effective_from"),
        comment="Where members belonged before, without gaps; no work unit: to none.",
    )
    op.create_index("past_work_units_of", "past_work_units", ["work_unit_id"], unique=False)
    op.add_column("enrolments", sa.Column("late", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column(
        "enrolments", sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("grid_nodes", sa.Column("placed_at", UtcDateTime(), nullable=True))
    op.add_column("grid_nodes", sa.Column("closed_at", UtcDateTime(), nullable=True))
    op.add_column("members", sa.Column("work_unit_since", UtcDateTime(), nullable=True))
    op.add_column(
        "members", sa.Column("probationary", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    _add_reference("members", "merged_into", to="members.member_id")
    op.add_column("members", sa.Column("erased_at", UtcDateTime(), nullable=True))
    op.create_index("members_merged", "members", ["merged_into"], unique=False)
    op.add_column(
        "participations", sa.Column("kind", sa.String(length=32), server_default="", nullable=False)
    )
    op.add_column("participations", sa.Column("minutes", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("work_units", sa.Column("kind", sa.String(length=32), nullable=True))
    _add_reference("work_units", "parent_id", to="work_units.work_unit_id")
    op.add_column("work_units", sa.Column("closed_at", UtcDateTime(), nullable=True))
    _add_reference("work_units", "merged_into", to="work_units.work_unit_id")
    op.create_index("work_units_parent", "work_units", ["parent_id"], unique=False)
    op.drop_index("enrolments_one_active", table_name="enrolments")
    op.create_index(
        "enrolments_one_active",
        "enrolments",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL AND NOT withdrawn"),
        sqlite_where=sa.text("ended_at IS NULL AND NOT withdrawn"),
    )
    _keep_enrolments_apart()
    if op.get_context().dialect.name == "postgresql":
        for table, comment in COMMENTS.items():
            op.create_table_comment(table, comment)
    count_enrolments(op.get_bind())
    derive_participations_anew(op.get_bind())


def _keep_enrolments_apart() -> None:
    """Have the database itself refuse two enrolments of a member that are in force at once."""
    if op.get_context().dialect.name == "postgresql":
        # A range of a digest, because ranges need no extension; halved, so that there is room for its end.
        # Checked at the end of a statement, which may move a common boundary of two.
        op.execute(
            "ALTER TABLE enrolments ADD CONSTRAINT enrolments_apart EXCLUDE USING gist (int8range("
            "hashtextextended(member_id, 0) >> 1, hashtextextended(member_id, 0) >> 1, '[]') WITH &&, "
            "tstzrange(enrolled_at, ended_at) WITH &&"
            ") WHERE (NOT withdrawn) DEFERRABLE INITIALLY IMMEDIATE"
        )
        return
    for change in ("INSERT", "UPDATE"):
        begin = f"CREATE TRIGGER enrolments_apart_{change.lower()} BEFORE {change} ON enrolments "
        op.execute(begin + REFUSE_OVERLAP)


def _add_reference(table: str, column: str, *, to: str) -> None:
    """Add a column with a foreign key in one statement, the only way that SQLite knows."""
    kind = text_key(64).compile(dialect=op.get_context().dialect)
    target, _, key = to.partition(".")
    op.execute(sa.text(f"ALTER TABLE {table} ADD COLUMN {column} {kind} REFERENCES {target} ({key})"))
