from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.events.domain import attendance as domain
from services.events.domain.attendance import Attendance
from services.events.domain.faults import ActivityUnknown, AlreadySignedIn
from services.events.domain.member import refuse_absent
from services.events.storage.activities import lock_activities
from services.events.storage.attendances import admit_attendees, insert_attendances
from services.events.storage.known import known_members
from services.events.usecases.lock_stays_around import lock_stays_around


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    activity_id: str
    member_id: str
    occurred_at: datetime | None = None


async def sign_in(work: Work, commands: Sequence[SignIn]) -> list[Written | Fault]:
    """Let members arrive. Of two sign-ins of one member at once, one is refused."""
    activities = await lock_activities(
        work.connection, {command.activity_id for command in commands}, shared=True
    )
    members = await known_members(work.connection, {command.member_id for command in commands})
    await admit_attendees(work.connection, members)
    stays = await lock_stays_around(work, members, activities=activities.values())

    def decide(command: SignIn) -> Attendance:
        activity = activities.get(command.activity_id)
        if activity is None:
            raise ActivityUnknown(field="activity_id", activity_id=command.activity_id)
        refuse_absent(command.member_id, known=members)
        stay = domain.sign_in(
            attendance_id=new_id(),
            activity=activity,
            member_id=command.member_id,
            at=occurred(command.occurred_at, now=work.now),
            stays=stays[command.member_id],
        )
        stays[command.member_id].append(stay)
        return stay

    decided = decide_each(commands, decide)
    stored = await insert_attendances(work.connection, accepted(decided))

    def settle(stay: Attendance) -> Written:
        if stay.attendance_id not in stored:
            raise AlreadySignedIn
        return Written(id=stay.attendance_id)

    return settle_each(decided, settle)
