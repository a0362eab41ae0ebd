"""Which stays of a member may be in the way of another."""

from collections.abc import Collection

from services.chassis.work import Work
from services.events.domain.activity import SIGN_IN_BEFORE_START, SIGN_OUT_AFTER_END, Activity
from services.events.domain.attendance import Attendance
from services.events.storage.attendances import lock_stays


async def lock_stays_around(
    work: Work, member_ids: Collection[str], *, activities: Collection[Activity]
) -> dict[str, list[Attendance]]:
    """Read, locked, the stays of members that may overlap with stays at these activities, by member."""
    if not member_ids or not activities:
        return {member_id: [] for member_id in member_ids}
    return await lock_stays(
        work.connection,
        member_ids,
        start=min(activity.starts_at for activity in activities) - SIGN_IN_BEFORE_START,
        end=max(activity.ends_at for activity in activities) + SIGN_OUT_AFTER_END,
    )
