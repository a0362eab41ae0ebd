"""The tables of `events`. What two writers could break, the database itself holds."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
    column,
)

from services.chassis.sql.types import Code, Id, UtcDateTime

metadata = MetaData()

activities = Table(
    "activities",
    metadata,
    Column("activity_id", Id, primary_key=True),
    Column("code", Code, nullable=False, unique=True),
    Column("title", String(100), nullable=False),
    Column("community_id", Id, nullable=False),
    Column("state", String(16), nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("published_at", UtcDateTime),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("starts_at < ends_at", name="activities_end_after_start"),
    Index("activities_community", "community_id", "code"),
    comment="Something people do for a community at a stated time.",
)

attendees = Table(
    "attendees",
    metadata,
    Column("member_id", Id, primary_key=True),
    comment="Who ever signed in. The row is locked while stays of the member are decided.",
)

_open_stay = column("signed_out_at").is_(None)

attendances = Table(
    "attendances",
    metadata,
    Column("attendance_id", Id, primary_key=True),
    Column("activity_id", Id, ForeignKey("activities.activity_id"), nullable=False),
    Column("member_id", Id, ForeignKey("attendees.member_id"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("signed_in_at", UtcDateTime, nullable=False),
    Column("signed_out_at", UtcDateTime),
    Column("confirmed_minutes", BigInteger, nullable=False),
    Column("confirmed_by", String(80), nullable=False),
    Column("revoked_by", String(80), nullable=False),
    Column("revocation", String(500), nullable=False),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint(
        "(state = 'SIGNED_IN') = (signed_out_at IS NULL)", name="attendances_end_unless_signed_in"
    ),
    CheckConstraint("signed_in_at <= signed_out_at", name="attendances_end_after_start"),
    CheckConstraint("confirmed_minutes = 0 OR state = 'CONFIRMED'", name="attendances_minutes_if_confirmed"),
    Index("attendances_open", "member_id", unique=True, sqlite_where=_open_stay, postgresql_where=_open_stay),
    Index("attendances_member", "member_id", "signed_in_at"),
    Index("attendances_activity", "activity_id", "attendance_id"),
    comment="One stay of one member at one activity. A member has at most one open stay.",
)

wishes = Table(
    "wishes",
    metadata,
    Column("wish_id", Id, primary_key=True),
    Column("code", Code, nullable=False, unique=True),
    Column("title", String(100), nullable=False),
    Column("category", String(16), nullable=False),
    Column("community_id", Id, nullable=False),
    Column("state", String(16), nullable=False),
    Column("submitted_at", UtcDateTime, nullable=False),
    Column("verified_at", UtcDateTime),
    Column("published_at", UtcDateTime),
    Column("claimed_at", UtcDateTime),
    Column("fulfilled_at", UtcDateTime),
    Column("confirmed_at", UtcDateTime),
    Column("confirmed_by", String(80), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Index("wishes_community", "community_id", "code"),
    Index("wishes_state", "state", "code"),
    comment="A small wish. Who wished is not here.",
)

_live_claim = column("released_at").is_(None)

claims = Table(
    "claims",
    metadata,
    Column("claim_id", Id, primary_key=True),
    Column("wish_id", Id, ForeignKey("wishes.wish_id"), nullable=False),
    Column("member_id", Id, nullable=False),
    Column("claimed_at", UtcDateTime, nullable=False),
    Column("released_at", UtcDateTime),
    Index("claims_live", "wish_id", unique=True, sqlite_where=_live_claim, postgresql_where=_live_claim),
    comment="Who claimed which wish. Until it is released a claim lives; a wish has at most one.",
)
