"""The tables that every service has beside its own."""

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, MetaData, String, Table, Text

from services.chassis.sql.types import Id, Serial, SubjectName, UtcDateTime

metadata = MetaData()

installation = Table(
    "installation",
    metadata,
    Column("only", Serial, primary_key=True, autoincrement=False),
    Column("log_id", Id, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    comment="One row: who this database is. The time zone is fixed when it is made.",
)

facts = Table(
    "facts",
    metadata,
    Column("position", Serial, primary_key=True, autoincrement=False),
    Column("fact_id", Id, nullable=False, unique=True),
    Column("record_id", Id, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Index("facts_record", "record_id", "revision", unique=True),
    comment="This service's log. The envelope is a linli.feed.v1.Fact without its position.",
)

requests = Table(
    "requests",
    metadata,
    Column("client", String(80), primary_key=True),
    Column("method", String(120), primary_key=True),
    Column("request_id", Id, primary_key=True),
    Column("key_id", String(16), nullable=False),
    Column("digests", Text, nullable=False),
    Column("produced_id", Id, nullable=False),
    Column("last_fact_id", Id, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    comment="Every write that had an effect, for ever: keyed digests of its fields and what it produced.",
)

cursors = Table(
    "cursors",
    metadata,
    Column("log", String(32), primary_key=True),
    Column("log_id", Id, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("fact_id", Id, nullable=False),
    comment="How far this service has kept each log it follows.",
)

received_facts = Table(
    "received_facts",
    metadata,
    Column("log", String(32), primary_key=True),
    Column("record_id", Id, primary_key=True),
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("type", String(120), nullable=False),
    Column("latest", Boolean, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    Index("received_facts_position", "log", "position", unique=True),
    comment="This service's own copy of the facts of others.",
)

received_subjects = Table(
    "received_subjects",
    metadata,
    Column("subject", SubjectName, primary_key=True),
    Column("log", String(32), primary_key=True),
    Column("record_id", Id, primary_key=True),
    Index("received_subjects_record", "log", "record_id"),
    comment="Which records ever named a subject.",
)

dirty_subjects = Table(
    "dirty_subjects",
    metadata,
    Column("subject", SubjectName, primary_key=True),
    Column("attempts", BigInteger, nullable=False),
    Column("retry_at", UtcDateTime, nullable=False),
    Column("error", Text, nullable=False),
    Index("dirty_subjects_retry", "retry_at"),
    comment="Subjects that wait to be computed; with attempts they are parked.",
)

dirty_positions = Table(
    "dirty_positions",
    metadata,
    Column("subject", SubjectName, primary_key=True),
    Column("log", String(32), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Index("dirty_positions_log", "log", "position"),
    comment="The first fact of each log that a dirty subject has not seen computed.",
)

jobs = Table(
    "jobs",
    metadata,
    Column("job_id", Id, primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("parameters", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("cursor", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("retry_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("jobs_open", "open", "retry_at"),
    comment="Long work, with its progress.",
)
