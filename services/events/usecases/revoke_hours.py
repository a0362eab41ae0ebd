from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.events.domain.attendance import revoke
from services.events.domain.faults import AttendanceUnknown
from services.events.storage.attendances import lock_attendances
from services.events.storage.known import known_members
from services.events.usecases.settle_hours import settle_hours
from services.events.usecases.take_steps import take_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeHours:
    attendance_id: str
    reason: str
    revoked_by: str
    """The caller: `member:<id>` or `service:<name>`."""


async def revoke_hours(work: Work, commands: Sequence[RevokeHours]) -> list[Written | Fault]:
    """Take confirmations back: the next revision of the hours is worth nothing."""
    held = await lock_attendances(work.connection, {command.attendance_id for command in commands})
    decided = take_steps(
        commands,
        held=held,
        record_id=lambda command: command.attendance_id,
        unknown=AttendanceUnknown,
        step=lambda stay, command: revoke(stay, revoked_by=command.revoked_by, reason=command.reason),
    )
    members = await known_members(work.connection, {stay.member_id for stay in held.values()})
    return await settle_hours(work, decided, members=members)
