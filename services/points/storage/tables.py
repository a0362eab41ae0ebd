"""The tables of rule sets and the ledger; those of boards and rewards stand in `board_tables`."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, MetaData, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from services.chassis.sql.types import Code, Id, UtcDateTime

metadata = MetaData()

ACCOUNT = String(96)
"""`member:<id>/merit` or `issued/merit`."""
CALLER = String(80)
LOG = String(32)
WORD = String(16)

rule_sets = Table(
    "rule_sets",
    metadata,
    Column("rule_set_id", Id, primary_key=True),
    Column("name", Code, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("effective_from", UtcDateTime, nullable=False),
    Column("rules", Text, nullable=False),
    Column("state", WORD, nullable=False),
    Column("created_by", CALLER, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("approved_by", CALLER, nullable=False),
    Column("approved_at", UtcDateTime),
    Unique("name", "version"),
    comment="Versions of rule sets; approved ones are immutable.",
)

grants = Table(
    "grants",
    metadata,
    Column("member_id", Id, primary_key=True),
    Column("log", LOG, primary_key=True),
    Column("record_id", Id, primary_key=True),
    Column("rule_set_id", Id, primary_key=True),
    Column("rule_id", Id, primary_key=True),
    Column("currency", WORD, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("trigger", WORD, nullable=False),
    Column("effective_at", UtcDateTime, nullable=False),
    Column("minutes", BigInteger, nullable=False),
    Column("activity_id", Id, nullable=False),
    Column("community_id", Id, nullable=False),
    Column("counted_minutes", BigInteger, nullable=False),
    Column("wanted_milli", BigInteger, nullable=False),
    Column("granted_milli", BigInteger, nullable=False),
    Column("limit_id", Id, nullable=False),
    comment="What each fact is worth now, by rule; what the entries of a posting add up to.",
)

accounts = Table(
    "accounts",
    metadata,
    Column("member_id", Id, primary_key=True),
    Column("currency", WORD, primary_key=True),
    Column("balance_milli", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("counted_minutes", BigInteger, nullable=False),
    Column("wishes_fulfilled", BigInteger, nullable=False),
    comment="What members have; contra accounts are not materialised.",
)

entries = Table(
    "entries",
    metadata,
    Column("entry_id", Id, primary_key=True),
    Column("member_id", Id, nullable=False),
    Column("from_account", ACCOUNT, nullable=False),
    Column("to_account", ACCOUNT, nullable=False),
    Column("amount_milli", BigInteger, nullable=False),
    Column("currency", WORD, nullable=False),
    Column("effective_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("booked_period_id", WORD, nullable=False),
    Column("balance_after_milli", BigInteger, nullable=False),
    Column("account_version", BigInteger, nullable=False),
    Column("log", LOG, nullable=False),
    Column("record_id", Id, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("rule_set_id", Id, nullable=False),
    Column("rule_id", Id, nullable=False),
    # From here on: what the fact was worth after this entry, so that it is explained for ever.
    Column("stands", Boolean, nullable=False),
    Column("trigger", WORD, nullable=False),
    Column("minutes", BigInteger, nullable=False),
    Column("activity_id", Id, nullable=False),
    Column("community_id", Id, nullable=False),
    Column("counted_minutes", BigInteger, nullable=False),
    Column("wanted_milli", BigInteger, nullable=False),
    Column("granted_milli", BigInteger, nullable=False),
    Column("limit_id", Id, nullable=False),
    CheckConstraint("amount_milli > 0", name="entries_amount_positive"),
    CheckConstraint("from_account <> to_account", name="entries_between_two"),
    Index("entries_account", "member_id", "currency", "account_version", unique=True),
    comment="The ledger: append-only, one row a transfer.",
)
