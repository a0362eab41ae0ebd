"""Activities, stays, wishes and claims."""

import sqlalchemy as sa
from alembic import op

from services.chassis.sql.types import UtcDateTime, text_key

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "activities",
        sa.Column("activity_id", text_key(64), nullable=False),
        sa.Column("code", text_key(64), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("community_id", text_key(64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name="activities_end_after_start"),
        sa.PrimaryKeyConstraint("activity_id"),
        sa.UniqueConstraint("code"),
        comment="Something people do for a community at a stated time.",
    )
    op.create_index("activities_community", "activities", ["community_id", "code"], unique=False)
    op.create_table(
        "attendees",
        sa.Column("member_id", text_key(64), nullable=False),
        sa.PrimaryKeyConstraint("member_id"),
        comment="Who ever signed in. The row is locked while stays of the member are decided.",
    )
    op.create_table(
        "wishes",
        sa.Column("wish_id", text_key(64), nullable=False),
        sa.Column("code", text_key(64), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("category", sa.String(length=16), nullable=False),
        sa.Column("community_id", text_key(64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("fulfilled_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=80), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("wish_id"),
        sa.UniqueConstraint("code"),
        comment="A small wish. Who wished is not here.",
    )
    op.create_index("wishes_community", "wishes", ["community_id", "code"], unique=False)
    op.create_index("wishes_state", "wishes", ["state", "code"], unique=False)
    op.create_table(
        "attendances",
        sa.Column("attendance_id", text_key(64), nullable=False),
        sa.Column("activity_id", text_key(64), nullable=False),
        sa.Column("member_id", text_key(64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("signed_in_at", UtcDateTime(), nullable=False),
        sa.Column("signed_out_at", UtcDateTime(), nullable=True),
        sa.Column("confirmed_minutes", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=80), nullable=False),
        sa.Column("revoked_by", sa.String(length=80), nullable=False),
        sa.Column("revocation", sa.String(length=500), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(state = 'SIGNED_IN') = (signed_out_at IS NULL)", name="attendances_end_unless_signed_in"
        ),
        sa.CheckConstraint(
            "confirmed_minutes = 0 OR state = 'CONFIRMED'", name="attendances_minutes_if_confirmed"
        ),
        sa.CheckConstraint("signed_in_at <= signed_out_at", name="attendances_end_after_start"),
        sa.ForeignKeyConstraint(["activity_id"], ["activities.activity_id"]),
        sa.ForeignKeyConstraint(["member_id"], ["attendees.member_id"]),
        sa.PrimaryKeyConstraint("attendance_id"),
        comment="One stay of one member at one activity. A member has at most one open stay.",
    )
    op.create_index("attendances_activity", "attendances", ["activity_id", "attendance_id"], unique=False)
    op.create_index("attendances_member", "attendances", ["member_id", "signed_in_at"], unique=False)
    op.create_index(
        "attendances_open",
        "attendances",
        ["member_id"],
        unique=True,
        sqlite_where=sa.text("signed_out_at IS NULL"),
        postgresql_where=sa.text("signed_out_at IS NULL"),
    )
    op.create_table(
        "claims",
        sa.Column("claim_id", text_key(64), nullable=False),
        sa.Column("wish_id", text_key(64), nullable=False),
        sa.Column("member_id", text_key(64), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=False),
        sa.Column("released_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["wish_id"], ["wishes.wish_id"]),
        sa.PrimaryKeyConstraint("claim_id"),
        comment="Who claimed which wish. Until it is released a claim lives; a wish has at most one.",
    )
    op.create_index(
        "claims_live",
        "claims",
        ["wish_id"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
