"""Teams, pairings, roles, and the codes of other systems."""

import sqlalchemy as sa
from alembic import op

from services.chassis.sql.types import UtcDateTime, text_key

revision = "0004"
down_revision = "0003"

REFUSE_SECOND = """
WHEN NEW.kind = 'FIRST_SECRETARY' AND NOT NEW.withdrawn BEGIN
    SELECT RAISE(ABORT, 'a community has one first secretary at a time') WHERE EXISTS (
        SELECT 1 FROM roles AS other
        WHERE other.kind = 'FIRST_SECRETARY' AND NOT other.withdrawn
        AND other.scope_id = NEW.scope_id AND other.role_id <> NEW.role_id
        AND (other.valid_until IS NULL OR other.valid_until > NEW.valid_from)
        AND (NEW.valid_until IS NULL OR NEW.valid_until > other.valid_from)
    );
END
"""


def upgrade() -> None:
    op.create_table(
        "foreign_codes",
        sa.Column("system", sa.String(length=32), nullable=False),
        sa.Column("foreign_code", text_key(64), nullable=False),
        sa.Column("work_unit_id", text_key(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["work_unit_id"],
            ["work_units.work_unit_id"],
        ),
        sa.PrimaryKeyConstraint("system", "foreign_code"),
        comment="What other systems call a work unit.",
    )
    op.create_index("foreign_codes_of", "foreign_codes", ["work_unit_id"], unique=False)
    op.create_table(
        "pairings",
        sa.Column("pairing_id", text_key(64), nullable=False),
        sa.Column("work_unit_id", text_key(64), nullable=False),
        sa.Column("community_id", text_key(64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ended_at > began_at", name="pairings_end"),
        sa.ForeignKeyConstraint(
            ["community_id"],
            ["grid_nodes.node_id"],
        ),
        sa.ForeignKeyConstraint(
            ["work_unit_id"],
            ["work_units.work_unit_id"],
        ),
        sa.PrimaryKeyConstraint("pairing_id"),
    )
    op.create_index("pairings_of_community", "pairings", ["community_id"], unique=False)
    op.create_index("pairings_of_unit", "pairings", ["work_unit_id"], unique=False)
    op.create_index(
        "pairings_one_active",
        "pairings",
        ["work_unit_id", "community_id", "kind"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "teams",
        sa.Column("team_id", text_key(64), nullable=False),
        sa.Column("code", text_key(64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("team_type", sa.String(length=32), nullable=False),
        sa.Column("node_id", text_key(64), nullable=True),
        sa.Column("work_unit_id", text_key(64), nullable=True),
        sa.Column("effective_from", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["node_id"],
            ["grid_nodes.node_id"],
        ),
        sa.ForeignKeyConstraint(
            ["work_unit_id"],
            ["work_units.work_unit_id"],
        ),
        sa.PrimaryKeyConstraint("team_id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "pairing_targets",
        sa.Column("pairing_id", text_key(64), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("deeds_min", sa.Integer(), nullable=False),
        sa.Column("deeds_max", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "deeds_min >= 0 AND (deeds_max = 0 OR deeds_max >= deeds_min)", name="targets_figures"
        ),
        sa.ForeignKeyConstraint(
            ["pairing_id"],
            ["pairings.pairing_id"],
        ),
        sa.PrimaryKeyConstraint("pairing_id", "year"),
        comment="How many deeds a pairing should bring in a year; a maximum of 0: no such figure.",
    )
    op.create_table(
        "roles",
        sa.Column("role_id", text_key(64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("member_id", text_key(64), nullable=False),
        sa.Column("scope_kind", sa.String(length=32), nullable=False),
        sa.Column("scope_id", text_key(64), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("valid_until > valid_from", name="roles_end"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.member_id"],
        ),
        sa.PrimaryKeyConstraint("role_id"),
        comment="Who is charged with what, where; the scope is a GRID_NODE, a WORK_UNIT or a TEAM.",
    )
    op.create_index("roles_at", "roles", ["scope_id", "kind"], unique=False)
    op.create_index("roles_of_member", "roles", ["member_id"], unique=False)
    _keep_one_first_secretary()
    op.create_table(
        "team_memberships",
        sa.Column("membership_id", text_key(64), nullable=False),
        sa.Column("team_id", text_key(64), nullable=False),
        sa.Column("member_id", text_key(64), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("left_at > joined_at", name="team_memberships_end"),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.member_id"],
        ),
        sa.ForeignKeyConstraint(
            ["team_id"],
            ["teams.team_id"],
        ),
        sa.PrimaryKeyConstraint("membership_id"),
    )
    op.create_index("team_memberships_of_member", "team_memberships", ["member_id"], unique=False)
    op.create_index("team_memberships_of_team", "team_memberships", ["team_id", "member_id"], unique=False)
    op.create_index(
        "team_memberships_one_active",
        "team_memberships",
        ["team_id", "member_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL AND NOT withdrawn"),
        sqlite_where=sa.text("left_at IS NULL AND NOT withdrawn"),
    )


def _keep_one_first_secretary() -> None:
    """Have the database itself refuse a second first secretary of a community at any time."""
    if op.get_context().dialect.name == "postgresql":
        # A range of a digest, because ranges need no extension; halved, so that there is room for its end.
        op.execute(
            "ALTER TABLE roles ADD CONSTRAINT roles_one_first_secretary EXCLUDE USING gist (int8range("
            "hashtextextended(scope_id, 0) >> 1, hashtextextended(scope_id, 0) >> 1, '[]') WITH &&, "
            "tstzrange(valid_from, valid_until) WITH &&"
            ") WHERE (kind = 'FIRST_SECRETARY' AND NOT withdrawn)"
        )
        return
    for change in ("INSERT", "UPDATE"):
        begin = f"CREATE TRIGGER roles_one_first_secretary_{change.lower()} BEFORE {change} ON roles "
        op.execute(begin + REFUSE_SECOND)
