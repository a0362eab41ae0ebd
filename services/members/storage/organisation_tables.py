"""The tables of organisations beside the work units themselves: codes of others, teams, pairings, roles."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    false,
    text,
)

from services.chassis.sql.types import Code, Id, UtcDateTime
from services.members.storage.tables import Name, Word, metadata

foreign_codes = Table(
    "foreign_codes",
    metadata,
    Column("system", Word, primary_key=True),
    Column("foreign_code", Code, primary_key=True),
    Column("work_unit_id", Id, ForeignKey("work_units.work_unit_id"), nullable=False),
    Index("foreign_codes_of", "work_unit_id"),
    comment="What other systems call a work unit.",
)

teams = Table(
    "teams",
    metadata,
    Column("team_id", Id, primary_key=True),
    Column("code", Code, nullable=False, unique=True),
    Column("name", Name, nullable=False),
    Column("team_type", Word, nullable=False),
    Column("node_id", Id, ForeignKey("grid_nodes.node_id")),
    Column("work_unit_id", Id, ForeignKey("work_units.work_unit_id")),
    Column("effective_from", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
    Column("revision", BigInteger, nullable=False),
)

team_memberships = Table(
    "team_memberships",
    metadata,
    Column("membership_id", Id, primary_key=True),
    Column("team_id", Id, ForeignKey("teams.team_id"), nullable=False),
    Column("member_id", Id, ForeignKey("members.member_id"), nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("left_at", UtcDateTime),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("left_at > joined_at", name="team_memberships_end"),
    Index("team_memberships_of_team", "team_id", "member_id"),
    Index("team_memberships_of_member", "member_id"),
)

Index(
    "team_memberships_one_active",
    team_memberships.c.team_id,
    team_memberships.c.member_id,
    unique=True,
    postgresql_where=text("left_at IS NULL AND NOT withdrawn"),
    sqlite_where=text("left_at IS NULL AND NOT withdrawn"),
)

pairings = Table(
    "pairings",
    metadata,
    Column("pairing_id", Id, primary_key=True),
    Column("work_unit_id", Id, ForeignKey("work_units.work_unit_id"), nullable=False),
    Column("community_id", Id, ForeignKey("grid_nodes.node_id"), nullable=False),
    Column("kind", Word, nullable=False),
    Column("began_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("ended_at > began_at", name="pairings_end"),
    Index("pairings_of_unit", "work_unit_id"),
    Index("pairings_of_community", "community_id"),
)

Index(
    "pairings_one_active",
    pairings.c.work_unit_id,
    pairings.c.community_id,
    pairings.c.kind,
    unique=True,
    postgresql_where=text("ended_at IS NULL"),
    sqlite_where=text("ended_at IS NULL"),
)

pairing_targets = Table(
    "pairing_targets",
    metadata,
    Column("pairing_id", Id, ForeignKey("pairings.pairing_id"), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("deeds_min", Integer, nullable=False),
    Column("deeds_max", Integer, nullable=False),
    CheckConstraint("deeds_min >= 0 AND (deeds_max = 0 OR deeds_max >= deeds_min)", name="targets_figures"),
    comment="How many deeds a pairing should bring in a year; a maximum of 0: no such figure.",
)

roles = Table(
    "roles",
    metadata,
    Column("role_id", Id, primary_key=True),
    Column("kind", Word, nullable=False),
    Column("member_id", Id, ForeignKey("members.member_id"), nullable=False),
    Column("scope_kind", Word, nullable=False),
    Column("scope_id", Id, nullable=False),
    Column("valid_from", UtcDateTime, nullable=False),
    Column("valid_until", UtcDateTime),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),
    Column("revision", BigInteger, nullable=False),
    CheckConstraint("valid_until > valid_from", name="roles_end"),
    Index("roles_of_member", "member_id"),
    Index("roles_at", "scope_id", "kind"),
    comment="Who is charged with what, where; the scope is a GRID_NODE, a WORK_UNIT or a TEAM.",
)
"""Of first secretaries at the same place and time the migration lets the database refuse the second."""
