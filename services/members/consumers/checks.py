"""What must hold of what is derived from received facts; `verify` looks for breaches."""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.dirty import read_dirty
from services.chassis.facts.received import read_latest_of, read_subjects
from services.chassis.jobs.verify import Check, Checked
from services.members.consumers.participation import MEMBER, participations_of
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
    stored = await read_participations_between(
        connection,
        after=begin.removeprefix(MEMBER),
        up_to=subjects[-1].removeprefix(MEMBER) if is_full else None,
    )
    latest = await read_latest_of(connection, subjects)
    derived = {each for subject in subjects for each in participations_of(subject, latest[subject])}
    differing = {f"{MEMBER}{each.member_id}" for each in stored ^ derived}
    findings = sorted(differing - await read_dirty(connection, differing))
    return Checked(
        compared=len(stored | derived),
        findings=[f"participations of {subject} differ" for subject in findings],
        next=subjects[-1] if is_full else None,
    )
