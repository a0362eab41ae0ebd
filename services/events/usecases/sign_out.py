from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.events.domain import attendance as domain
from services.events.domain.attendance import Attendance
from services.events.domain.faults import ActivityUnknown
from services.events.storage.activities import lock_activities
from services.events.storage.attendances import end_stays
from services.events.usecases.lock_stays_around import lock_stays_around


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOut:
    activity_id: str
    member_id: str
    occurred_at: datetime | None = None


async def sign_out(work: Work, commands: Sequence[SignOut]) -> list[Written | Fault]:
    """Let members leave where they are signed in."""
    activities = await lock_activities(
        work.connection, {command.activity_id for command in commands}, shared=True
    )
    members = {command.member_id for command in commands}
    stays = await lock_stays_around(work, members, activities=activities.values())

    def decide(command: SignOut) -> Attendance:
        activity = activities.get(command.activity_id)
        if activity is None:
            raise ActivityUnknown(field="activity_id", activity_id=command.activity_id)
        of_member = stays[command.member_id]
        stay = domain.open_stay_at(activity, stays=of_member)
        ended = domain.sign_out(
            stay, activity=activity, at=occurred(command.occurred_at, now=work.now), stays=of_member
        )
        of_member[of_member.index(stay)] = ended
        return ended

    decided = decide_each(commands, decide)
    await end_stays(work.connection, accepted(decided))
    return settle_each(decided, lambda stay: Written(id=stay.attendance_id))
