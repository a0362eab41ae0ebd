"""Brings shifts and attendances to `events`."""

from services.console import write_activities as writing
from services.console.activities import Activity, Stay
from services.console.replay import year
from services.console.replay.clock import MINUTE, midnight, start
from services.console.replay.desk import Desk, attendance, community, shift, volunteer
from services.console.replay.records import Shift


async def write_shifts(desk: Desk) -> None:
    """Create every shift as an activity of its own, and publish it as its day begins."""
    activities = {shift(one.shift_id): _activity(one) for one in desk.year.shifts}
    await writing.write_activities(desk, activities, step="shifts (活动)")


async def write_attendances(desk: Desk) -> None:
    await writing.write_attendances(desk, [[_stay(one) for one in each] for each in desk.year.rounds])


async def confirm_hours(desk: Desk) -> None:
    await writing.confirm_hours(desk, [attendance(one.code) for one in desk.year.stays])


def _activity(one: Shift) -> Activity:
    return Activity(
        code=one.shift_id,
        title=one.title,
        community=community(year.community_of(one)),
        published_at=midnight(one.day),
        starts_at=start(one.day),
        ends_at=start(one.day) + one.lasts_minutes * MINUTE,
    )


def _stay(one: year.Stay) -> Stay:
    return Stay(
        code=attendance(one.code),
        activity=shift(one.shift_id),
        member=volunteer(one.volunteer),
        signed_in_at=one.signed_in_at,
        signed_out_at=one.signed_out_at,
    )
