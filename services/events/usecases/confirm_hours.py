from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.events.domain.attendance import confirm
from services.events.domain.faults import AttendanceUnknown
from services.events.storage.attendances import lock_attendances
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
    decided = take_steps(
        commands,
        held=held,
        record_id=lambda command: command.attendance_id,
        unknown=AttendanceUnknown,
        step=lambda stay, command: confirm(stay, confirmed_by=command.confirmed_by),
    )
    return await settle_hours(work, decided)
