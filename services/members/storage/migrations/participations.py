"""Has participations derived anew, where code that told neither kinds nor minutes has stored some."""

from typing import Final

import sqlalchemy as sa

from services.chassis.sql.types import EPOCH, UtcDateTime

_MARK: Final = "all:member"
"""What the applier understands as: every member that is known (`chassis/facts/dirty.py`)."""

_SUBJECTS: Final = sa.table(
    "dirty_subjects",
    sa.column("subject", sa.String()),
    sa.column("attempts", sa.BigInteger()),
    sa.column("retry_at", UtcDateTime()),
    sa.column("error", sa.String()),
)
_POSITIONS: Final = sa.table(
    "dirty_positions",
    sa.column("subject", sa.String()),
    sa.column("log", sa.String()),
    sa.column("position", sa.BigInteger()),
)
_CURSORS: Final = sa.table("cursors", sa.column("log", sa.String()))


def derive_participations_anew(connection: sa.Connection) -> None:
    """Mark all members, if anything was derived; the applier computes them after the start."""
    tables = sa.inspect(connection)
    if not all(tables.has_table(name) for name in ("dirty_subjects", "dirty_positions", "cursors")):
        return
    if connection.execute(sa.text("SELECT 1 FROM participations WHERE kind = '' LIMIT 1")).first() is None:
        return
    is_marked = _SUBJECTS.c.subject == _MARK
    if connection.execute(sa.select(_SUBJECTS.c.subject).where(is_marked)).first() is None:
        # Due since long ago, so at once.
        due = {"subject": _MARK, "attempts": 0, "retry_at": EPOCH, "error": ""}
        connection.execute(sa.insert(_SUBJECTS), [due])
    connection.execute(sa.delete(_POSITIONS).where(_POSITIONS.c.subject == _MARK))
    logs = connection.execute(sa.select(_CURSORS.c.log)).scalars().all()
    rows = [{"subject": _MARK, "log": log, "position": 1} for log in logs]
    if rows:
        connection.execute(sa.insert(_POSITIONS), rows)
