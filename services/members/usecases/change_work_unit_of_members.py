"""Let members belong to other work units: the side of the work unit (双重管理)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.affiliation import moved_to
from services.members.domain.backdating import refuse_unexplained
from services.members.domain.faults import MemberUnknown
from services.members.domain.register import Member, refuse_gone
from services.members.domain.work_unit import open_unit
from services.members.storage.affiliations import store_moved
from services.members.storage.facts import causes, of_member
from services.members.storage.members import lock_members
from services.members.storage.reasons import Reason, keep_reasons
from services.members.storage.sides import read_sides
from services.members.storage.work_units import hold_current


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWorkUnit:
    """Let a member belong elsewhere from a time on."""

    member_id: str
    work_unit_id: str | None
    """None: to none."""
    occurred_at: datetime | None
    reason: str
    stated_by: str


async def change_work_unit_of_members(
    work: Work, commands: Sequence[ChangeWorkUnit], *, zone: tzinfo
) -> list[Written | Fault]:
    """Let members belong elsewhere, each decided by itself and in order, while they are locked."""
    units = await hold_current(
        work.connection, {command.work_unit_id for command in commands if command.work_unit_id}
    )
    by_id = {unit.id: unit for unit in units.values()}
    members = await lock_members(work.connection, [command.member_id for command in commands])
    left = {member.work_unit_id for member in members.values() if member.work_unit_id}
    sides = await read_sides(work, (command.stated_by for command in commands), work_unit_ids=[*by_id, *left])
    reasons: list[Reason] = []

    def decide(command: ChangeWorkUnit) -> Member:
        member = members.get(command.member_id)
        if member is None:
            raise MemberUnknown(field="member_id", member_id=command.member_id)
        refuse_gone(member)
        unit = open_unit(command.work_unit_id, units=units) if command.work_unit_id else None
        side = unit.id if unit else member.work_unit_id
        sides.refuse_foreign_work_unit(command.stated_by, side, field="work_unit_id")
        at = occurred(command.occurred_at, now=work.now)
        refuse_unexplained(at, reason=command.reason, now=work.now, zone=zone)
        moved = moved_to(member, unit.id if unit else None, at=at)
        members[moved.id] = moved
        reasons.append(
            Reason(
                record_id=moved.id,
                revision=moved.revision,
                reason=command.reason,
                stated_by=command.stated_by,
            )
        )
        return moved

    decided = decide_each(commands, decide)
    await store_moved(work.connection, accepted(decided))
    await keep_reasons(work, reasons)

    def settle(moved: Member) -> Written:
        unit = by_id.get(moved.work_unit_id or "")
        return Written(id=moved.id, facts=(of_member(moved).make(work, causes=causes(unit)),))

    return settle_each(decided, settle)
