"""Keeps by how much the number of those enrolled changed, per community and day, so that counting sums days.

Whoever writes enrolments calls `record_changes` in the same transaction.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from services.chassis.sql.columns import insert_columns
from services.chassis.work import Work
from services.members.domain.days import day_of
from services.members.domain.enrolment import Enrolment
from services.members.storage.grid_tables import enrolment_changes


async def record_changes(
    work: Work, *, before: Iterable[Enrolment] = (), after: Iterable[Enrolment], zone: ZoneInfo
) -> None:
    """Keep what a transaction changes about the number of those enrolled.

    Call it last, as the rows of busy communities are waited for by whoever enrols there. Calls in one
    transaction add up.

    Args:
        work: The transaction that writes these enrolments.
        before: As they were: none of those that begin, all of those that end, are corrected or withdrawn.
        after: As they are now; one that is withdrawn counts nowhere.
        zone: The district's, whose calendar the days are of.
    """
    net = changes_of(after, zone=zone)
    net.subtract(changes_of(before, zone=zone))
    rows = [
        {"community_id": community_id, "day": day, "change": change}
        # In one order, so that two transactions wait for each other instead of locking each other out.
        for (community_id, day), change in sorted(net.items())
        if change
    ]
    await insert_columns(work.connection, enrolment_changes, rows, conflict=_added)


def changes_of(enrolments: Iterable[Enrolment], /, *, zone: ZoneInfo) -> Counter[tuple[str, date]]:
    """Say by how much enrolments change the number of those enrolled, by community and day."""
    net: Counter[tuple[str, date]] = Counter()
    for place, change in _changes(enrolments, zone):
        net[place] += change
    return net


def _changes(enrolments: Iterable[Enrolment], zone: ZoneInfo) -> Iterator[tuple[tuple[str, date], int]]:
    for enrolment in enrolments:
        if enrolment.withdrawn:
            continue
        yield (enrolment.community_id, day_of(enrolment.enrolled_at, zone=zone)), 1
        if enrolment.ended_at is not None:
            yield (enrolment.community_id, day_of(enrolment.ended_at, zone=zone)), -1


def _added(statement: Any) -> Any:
    key = [enrolment_changes.c.community_id, enrolment_changes.c.day]
    added = enrolment_changes.c.change + statement.excluded.change
    return statement.on_conflict_do_update(index_elements=key, set_={"change": added})
