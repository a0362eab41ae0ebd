"""The tables of `members`. Personal data stand in `personal_details` alone."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    MetaData,
    SmallInteger,
    String,
    Table,
)

from services.chassis.sql.types import Code, Id, UtcDateTime

metadata = MetaData()

Name = String(100)

grid_nodes = Table(
    "grid_nodes",
    metadata,
    Column("node_id", Id, primary_key=True),
    Column("code", Code, nullable=False, unique=True),
    Column("name", Name, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("parent_id", Id, ForeignKey("grid_nodes.node_id")),
    Column("effective_from", UtcDateTime, nullable=False),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("level BETWEEN 1 AND 5", name="grid_nodes_level"),
    CheckConstraint("(level = 1) = (parent_id IS NULL)", name="grid_nodes_top"),
    Index("grid_nodes_parent", "parent_id"),
    comment="The five-level grid; level 1 is the district.",
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
    Column("effective_from", UtcDateTime, nullable=False),
    Column("revision", BigInteger, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("member_id", Id, primary_key=True),
    Column("code", Code, nullable=False, unique=True),
    Column("member_type", String(16), nullable=False),
    Column("work_unit_id", Id, ForeignKey("work_units.work_unit_id")),
    Column("registered_at", UtcDateTime, nullable=False),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("member_type <> 'IN_SERVICE' OR work_unit_id IS NOT NULL", name="members_work_unit"),
    Index("members_of_work_unit", "work_unit_id", "code"),
    comment="Who is on the register, without personal data.",
)

personal_details = Table(
    "personal_details",
    metadata,
    Column("member_id", Id, ForeignKey("members.member_id"), primary_key=True),
    Column("name", Name, nullable=False),
    comment="Personal data, read and written by storage/personal_details.py alone.",
)

enrolments = Table(
    "enrolments",
    metadata,
    Column("enrolment_id", Id, primary_key=True),
    Column("member_id", Id, ForeignKey("members.member_id"), nullable=False),
    Column("community_id", Id, ForeignKey("grid_nodes.node_id"), nullable=False),
    Column("enrolled_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
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
    postgresql_where=enrolments.c.ended_at.is_(None),
    sqlite_where=enrolments.c.ended_at.is_(None),
)

participations = Table(
    "participations",
    metadata,
    Column("member_id", Id, primary_key=True),
    Column("log", String(32), primary_key=True),
    Column("record_id", Id, primary_key=True),
    Column("effective_at", UtcDateTime, nullable=False),
    Index("participations_at", "member_id", "effective_at"),
    comment="Derived from received facts, and replaced whenever they change.",
)
