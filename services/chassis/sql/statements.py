"""Statements that SQLAlchemy spells per dialect, behind one name."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite


def insert(table: Table, *, dialect: str) -> Any:
    """Start an insert that knows `ON CONFLICT` on either dialect."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
