"""The tables of persons: personal data in one of them alone, and what a member can, wants and allows."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Table,
    false,
    text,
)

from services.chassis.sql.types import Id, UtcDateTime, text_key
from services.members.storage.tables import CallerName, Word, metadata

personal_values = Table(
    "personal_values",
    metadata,
    Column("member_id", Id, ForeignKey("members.member_id"), primary_key=True),
    Column("field", text_key(48), primary_key=True),
    Column("value", text_key(200), nullable=False),
    Column("identifies", Boolean, nullable=False),
    Index("personal_values_found", "field", "value"),
    comment="Personal data, read and written by storage/personal_details.py alone.",
)
"""A field is `name`, `sort_name`, `phone` or `external_id:<system>`; what identifies, one member has."""

Index(
    "personal_values_identify",
    personal_values.c.field,
    personal_values.c.value,
    unique=True,
    postgresql_where=text("identifies"),
    sqlite_where=text("identifies"),
)

vocabulary_terms = Table(
    "vocabulary_terms",
    metadata,
    Column("kind", Word, primary_key=True),
    Column("code", text_key(64), primary_key=True),
    Column("name_zh", String(100), nullable=False),
    Column("name_en", String(100), nullable=False),
    Column("retired_at", UtcDateTime),
    comment="Skills and service types; an administrator adds to them.",
)

member_terms = Table(
    "member_terms",
    metadata,
    Column("member_id", Id, ForeignKey("members.member_id"), primary_key=True),
    Column("kind", Word, primary_key=True),
    Column("code", text_key(64), primary_key=True),
    Index("member_terms_found", "kind", "code"),
    comment="What a member can (skills) and offers to do (service types).",
)

availabilities = Table(
    "availabilities",
    metadata,
    Column("member_id", Id, ForeignKey("members.member_id"), primary_key=True),
    Column("weekday", SmallInteger, primary_key=True),
    Column("starts_minute", SmallInteger, primary_key=True),
    Column("ends_minute", SmallInteger, nullable=False),
    CheckConstraint("weekday BETWEEN 1 AND 7", name="availabilities_weekday"),
    CheckConstraint(
        "starts_minute >= 0 AND ends_minute > starts_minute AND ends_minute <= 1440",
        name="availabilities_minutes",
    ),
    comment="When a member can usually come; 1 is Monday.",
)

consents = Table(
    "consents",
    metadata,
    Column("consent_id", Id, primary_key=True),
    Column("member_id", Id, ForeignKey("members.member_id"), nullable=False),
    Column("purpose", Word, nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("revoked_at >= given_at", name="consents_end"),
    Index("consents_of_member", "member_id"),
)

Index(
    "consents_one_in_force",
    consents.c.member_id,
    consents.c.purpose,
    unique=True,
    postgresql_where=text("revoked_at IS NULL"),
    sqlite_where=text("revoked_at IS NULL"),
)

member_merges = Table(
    "member_merges",
    metadata,
    Column("merge_id", Id, primary_key=True),
    Column("survivor_id", Id, ForeignKey("members.member_id"), nullable=False),
    Column("duplicate_id", Id, ForeignKey("members.member_id"), nullable=False),
    Column("reason", String(500), nullable=False),
    Column("merged_by", CallerName, nullable=False),
    Column("merged_at", UtcDateTime, nullable=False),
    Column("undone_by", CallerName),
    Column("undone_at", UtcDateTime),
    Column("undone_reason", String(500)),
    Index("member_merges_survivor", "survivor_id"),
    Index("member_merges_duplicate", "duplicate_id"),
    comment="Two members that turned out to be one.",
)

Index(
    "member_merges_one_in_force",
    member_merges.c.duplicate_id,
    unique=True,
    postgresql_where=text("undone_at IS NULL"),
    sqlite_where=text("undone_at IS NULL"),
)

merged_records = Table(
    "merged_records",
    metadata,
    Column("merge_id", Id, ForeignKey("member_merges.merge_id"), primary_key=True),
    Column("kind", Word, primary_key=True),
    Column("record_id", text_key(100), primary_key=True),
    Column("home_id", Id, ForeignKey("members.member_id"), nullable=False),
    Column("became", Word, nullable=False),
    Column("given_back", Boolean, nullable=False, server_default=false()),
    Index("merged_records_home", "home_id"),
    Index("merged_records_of", "kind", "record_id"),
    comment="What a merge did to a record of one of the two: MOVED to the survivor, or WITHDRAWN. "
    "Home is whose it would be if nobody had been merged.",
)
