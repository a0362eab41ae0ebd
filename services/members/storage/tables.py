"""The tables of the register. What surrounds it stands in the other modules called tables.

A record that changes over time has its present in one row and its past in another table.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    false,
    text,
)

from services.chassis.sql.types import Code, Id, UtcDateTime

metadata = MetaData()

Name = String(100)

Word = String(32)
"""One of a few words that the program knows."""

CallerName = String(80)
"""`member:<id>` or `service:<name>`."""

grid_nodes = Table(
    "grid_nodes",
    metadata,
    Column("node_id", Id, primary_key=True),
    Column("code", Code, nullable=False, unique=True),
    Column("name", Name, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("parent_id", Id, ForeignKey("grid_nodes.node_id")),
    Column("effective_from", UtcDateTime, nullable=False),
    Column("placed_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("level BETWEEN 1 AND 5", name="grid_nodes_level"),
    CheckConstraint("(level = 1) = (parent_id IS NULL)", name="grid_nodes_top"),
    Index("grid_nodes_parent", "parent_id"),
    comment="The five-level grid; level 1 is the district. Name and parent hold since placed_at, or ever.",
)

Index(
    "grid_nodes_one_district",
    grid_nodes.c.level,
    unique=True,
    postgresql_where=grid_nodes.c.level == 1,
    sqlite_where=grid_nodes.c.level == 1,
)

work_units = Table(
    "work_units",
    metadata,
    Column("work_unit_id", Id, primary_key=True),
    Column("code", Code, nullable=False, unique=True),
    Column("name", Name, nullable=False),
    Column("kind", Word),
    Column("parent_id", Id, ForeignKey("work_units.work_unit_id")),
    Column("effective_from", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("merged_into", Id, ForeignKey("work_units.work_unit_id")),
    Column("revision", BigInteger, nullable=False),
    Index("work_units_parent", "parent_id"),
    comment="Employers with a Party organisation. The id of one that was merged stands for another.",
)

members = Table(
    "members",
    metadata,
    Column("member_id", Id, primary_key=True),
    Column("code", Code, nullable=False, unique=True),
    Column("member_type", String(16), nullable=False),
    Column("work_unit_id", Id, ForeignKey("work_units.work_unit_id")),
    Column("work_unit_since", UtcDateTime),
    Column("probationary", Boolean, nullable=False, server_default=false()),
    Column("registered_at", UtcDateTime, nullable=False),
    Column("merged_into", Id, ForeignKey("members.member_id")),
    Column("erased_at", UtcDateTime),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("member_type <> 'IN_SERVICE' OR work_unit_id IS NOT NULL", name="members_work_unit"),
    Index("members_of_work_unit", "work_unit_id", "code"),
    Index("members_merged", "merged_into"),
    comment="Who is on the register, without personal data. "
    "The work unit holds since work_unit_since, or ever.",
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("enrolment_id", Id, primary_key=True),
    Column("member_id", Id, ForeignKey("members.member_id"), nullable=False),
    Column("community_id", Id, ForeignKey("grid_nodes.node_id"), nullable=False),
    Column("enrolled_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("late", Boolean, nullable=False, server_default=false()),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("ended_at > enrolled_at", name="enrolments_end"),
    Index("enrolments_of_member", "member_id", "enrolled_at"),
    Index("enrolments_in_community", "community_id"),
    comment="In force from enrolled_at until just before ended_at; active without ended_at.",
)

Index(
    "enrolments_one_active",
    enrolments.c.member_id,
    unique=True,
    postgresql_where=text("ended_at IS NULL AND NOT withdrawn"),
    sqlite_where=text("ended_at IS NULL AND NOT withdrawn"),
)

participations = Table(
    "participations",
    metadata,
    Column("member_id", Id, primary_key=True),
    Column("log", String(32), primary_key=True),
    Column("record_id", Id, primary_key=True),
    Column("effective_at", UtcDateTime, nullable=False),
    Column("kind", Word, nullable=False, server_default=""),
    Column("minutes", BigInteger, nullable=False, server_default="0"),
    Index("participations_at", "member_id", "effective_at"),
    comment="Derived from received facts, and replaced whenever they change.",
)

past_work_units = Table(
    "past_work_units",
    metadata,
    Column("member_id", Id, ForeignKey("members.member_id"), primary_key=True),
    Column("effective_from", UtcDateTime, primary_key=True),
    Column("effective_until", UtcDateTime, nullable=False),
    Column("work_unit_id", Id, ForeignKey("work_units.work_unit_id")),
    Index("past_work_units_of", "work_unit_id"),
    comment="Where members belonged before, without gaps; no work unit: to none.",
)

reasons = Table(
    "reasons",
    metadata,
    Column("record_id", Id, primary_key=True),
    Column("revision", BigInteger, primary_key=True),
    Column("reason", String(500), nullable=False),
    Column("stated_by", CallerName, nullable=False),
    Column("stated_at", UtcDateTime, nullable=False),
    comment="Why a revision of any record came about, and who said so; no fact tells it.",
)

policies = Table(
    "policies",
    metadata,
    Column("revision", BigInteger, primary_key=True),
    Column("document", Text, nullable=False),
    Column("set_by", CallerName, nullable=False),
    Column("set_at", UtcDateTime, nullable=False),
    comment="The policy of the register, as JSON; the highest revision holds.",
)
