"""Keeps why a revision of a record came about. Free text of people: it stands in no fact and no log."""

from collections.abc import Sequence

from sqlalchemy import insert

from services.chassis.work import Work
from services.members.storage.tables import reasons


async def insert_reasons(work: Work, stated: Sequence[tuple[str, int, str, str]]) -> None:
    """Keep reasons.

    Args:
        work: One transaction.
        stated: Record, revision, the reason, and `member:<id>` or `service:<name>` who gave it. Where nothing
            was said there is nothing to keep.
    """
    rows = [
        {
            "record_id": record_id,
            "revision": revision,
            "reason": reason,
            "stated_by": stated_by,
            "stated_at": work.now,
        }
        for record_id, revision, reason, stated_by in stated
        if reason
    ]
    if rows:
        await work.connection.execute(insert(reasons), rows)
