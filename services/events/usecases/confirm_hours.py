from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.events.domain.attendance import Attendance, confirm
from services.events.domain.faults import AttendanceUnknown
from services.events.domain.member import caller_as_recorded, persons_calling
from services.events.storage.attendances import lock_attendances
from services.events.storage.known import known_members
from services.events.usecases.settle_hours import settle_hours
from services.events.usecases.take_steps import take_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmHours:
    attendance_id: str
    confirmed_by: str
    """The caller: `member:<id>` or `service:<name>`."""


async def confirm_hours(work: Work, commands: Sequence[ConfirmHours]) -> list[Written | Fault]:
    """Confirm minutes (认定): from then on they count."""
    held = await lock_attendances(work.connection, {command.attendance_id for command in commands})
    people = {stay.member_id for stay in held.values()}
    callers = persons_calling(command.confirmed_by for command in commands)
    members = await known_members(work.connection, people | callers)

    def step(stay: Attendance, command: ConfirmHours) -> Attendance:
        by = caller_as_recorded(command.confirmed_by, stay.member_id, known=members)
        return confirm(stay, confirmed_by=by)

    decided = take_steps(
        commands,
        held=held,
        record_id=lambda command: command.attendance_id,
        unknown=AttendanceUnknown,
        step=step,
    )
    return await settle_hours(work, decided, members=members)
