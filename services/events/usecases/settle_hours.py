"""What confirming and revoking hours have in common: store them, and state them with their causes."""

from collections.abc import Mapping, Sequence

from services.chassis.deciding import accepted, settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.events.domain.attendance import Attendance
from services.events.domain.member import KnownMember
from services.events.storage.activities import lock_activities
from services.events.storage.attendances import update_hours
from services.events.storage.facts import of_hours
from services.events.storage.known import MEMBERS


async def settle_hours(
    work: Work, decided: Sequence[Attendance | Fault], *, members: Mapping[str, KnownMember]
) -> list[Written | Fault]:
    """Store stays whose hours were confirmed or revoked, and state each.

    Args:
        work: One transaction, in which the stays are locked.
        decided: Each as it now stands, or why it was refused.
        members: Whose stays they are.
    """
    changed = accepted(decided)
    await update_hours(work.connection, changed)
    activities = await lock_activities(work.connection, {s.activity_id for s in changed}, shared=True)

    def settle(stay: Attendance) -> Written:
        activity = activities[stay.activity_id]
        because_of = [
            (work.log, activity.activity_id, activity.revision),
            (MEMBERS, stay.member_id, members[stay.member_id].revision),
        ]
        statement = of_hours(stay, community_id=activity.community_id)
        fact_id = statement.make(work, causes=because_of)
        return Written(id=stay.attendance_id, facts=(fact_id,))

    return settle_each(decided, settle)
