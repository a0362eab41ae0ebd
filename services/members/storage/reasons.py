"""Keeps why a revision of a record came about. Free text of people: it stands in no fact and no log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.chassis.sql.columns import insert_columns
from services.chassis.work import Work
from services.members.storage.tables import reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why, and who says so; told in no fact and no log."""

    record_id: str
    revision: int
    reason: str
    stated_by: str


async def keep_reasons(work: Work, stated: Iterable[Reason]) -> None:
    """Keep reasons of revisions that this transaction makes; where nothing was said there is none."""
    rows = [
        {
            "record_id": each.record_id,
            "revision": each.revision,
            "reason": each.reason,
            "stated_by": each.stated_by,
            "stated_at": work.now,
        }
        for each in sorted(stated, key=lambda each: each.record_id)
        if each.reason
    ]
    await insert_columns(work.connection, reasons, rows)


async def insert_reasons(work: Work, stated: Sequence[tuple[str, int, str, str]]) -> None:
    """Keep reasons: record, revision, the reason, and `member:<id>` or `service:<name>` who gave it."""
    await keep_reasons(
        work,
        [
            Reason(record_id=record_id, revision=revision, reason=reason, stated_by=stated_by)
            for record_id, revision, reason, stated_by in stated
        ],
    )
