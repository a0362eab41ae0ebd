"""The table of renewals (返报到)."""

from sqlalchemy import Column, ForeignKey, Table

from services.chassis.sql.types import Id, UtcDateTime
from services.members.storage.tables import Word, metadata

enrolment_renewals = Table(
    "enrolment_renewals",
    metadata,
    Column("enrolment_id", Id, ForeignKey("enrolments.enrolment_id"), primary_key=True),
    Column("period_id", Word, primary_key=True),
    Column("renewed_at", UtcDateTime, nullable=False),
)
