"""Column types that mean the same on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in, aware UTC out, to the microsecond.

    PostgreSQL keeps a `timestamptz`; SQLite, whose dates drop the zone, keeps microseconds since 1970.
    """

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a moment without a time zone cannot be stored"
            raise ValueError(message)
        return (value - EPOCH) // MICROSECOND if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return EPOCH + timedelta(microseconds=value) if dialect.name == "sqlite" else value.astimezone(UTC)


def text_key(length: int) -> String:
    """Make the type of a text that is compared byte by byte on either database, so that orders agree."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


Id = text_key(64)
"""Ids are opaque on the wire and at most this long."""

Code = text_key(64)
"""Codes are what people call things; lists are in their order."""

SubjectName = text_key(128)
"""`kind:id`."""

Serial = BigInteger().with_variant(Integer, "sqlite")
"""A whole number as primary key: SQLite wants `INTEGER` there."""
