"""Brings the district's activities and attendances to `events`."""

from collections import Counter

from services.console import write_activities as writing
from services.console.activities import Stay
from services.console.demo.desk import Desk
from services.console.demo.district import District


async def write_activities(desk: Desk) -> None:
    activities = {activity.code: activity for activity in desk.district.activities}
    await writing.write_activities(desk, activities, step="activities (活动)")


async def write_attendances(desk: Desk) -> None:
    await writing.write_attendances(desk, rounds(desk.district))


async def confirm_hours(desk: Desk) -> None:
    await writing.confirm_hours(desk, [stay.code for stay in desk.district.stays])


def rounds(district: District) -> list[list[Stay]]:
    """Put each member's first stay into the first round, the second into the second, and so on."""
    seen: Counter[str] = Counter()
    found: list[list[Stay]] = []
    for stay in district.stays:
        if seen[stay.member] == len(found):
            found.append([])
        found[seen[stay.member]].append(stay)
        seen[stay.member] += 1
    return found
