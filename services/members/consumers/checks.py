"""What must hold of what is derived from received facts; `verify` looks for breaches."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.dirty import read_dirty
from services.chassis.facts.received import read_subjects
from services.chassis.jobs.verify import Check, Checked
from services.members.consumers.participation import MEMBER, read_participations_due
from services.members.storage.merges import list_survivors, read_duplicates
from services.members.storage.participations import read_participations_between

MEMBERS_PER_CHUNK: Final = 500


def checks_of_participations() -> list[Check]:
    """List the laws of what this service derives."""
    return [Check(name="participations follow from received facts", chunk=_check_participations)]


async def _check_participations(connection: AsyncConnection, after: Any) -> Checked:
    """Derive anew who took part, for members in the order of their ids; those who wait are left out."""
    begin = str(after or "")
    subjects = await read_subjects(connection, "member", after=begin, subjects_max=MEMBERS_PER_CHUNK)
    is_full = len(subjects) == MEMBERS_PER_CHUNK
    after_id = begin.removeprefix(MEMBER)
    up_to = subjects[-1].removeprefix(MEMBER) if is_full else None
    stored = await read_participations_between(connection, after=after_id, up_to=up_to)
    # Of a survivor there may be nothing but what names its duplicates.
    survivors = await list_survivors(connection, after=after_id, up_to=up_to)
    due = await read_participations_due(connection, {*subjects, *(f"{MEMBER}{each}" for each in survivors)})
    derived = {each for of_member in due.values() for each in of_member}
    differing = {f"{MEMBER}{each.member_id}" for each in stored ^ derived}
    findings = sorted(differing - await _read_waiting(connection, differing))
    return Checked(
        compared=len(stored | derived),
        findings=[f"participations of {subject} differ" for subject in findings],
        next=subjects[-1] if is_full else None,
    )


async def _read_waiting(connection: AsyncConnection, subjects: Collection[str]) -> set[str]:
    """Say which of these wait to be computed, or will, because a duplicate of theirs waits."""
    duplicates = await read_duplicates(connection, [subject.removeprefix(MEMBER) for subject in subjects])
    waiting = await read_dirty(connection, {*subjects, *(f"{MEMBER}{each}" for each in duplicates)})
    return {f"{MEMBER}{duplicates.get(id_, id_)}" for id_ in (each.removeprefix(MEMBER) for each in waiting)}
