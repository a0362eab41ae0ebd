"""Forget who members were."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.faults import MemberUnknown, StillEnrolled
from services.members.domain.register import Member, refuse_gone
from services.members.storage.enrolments import read_history
from services.members.storage.facts import of_member
from services.members.storage.members import update_members
from services.members.storage.merges import lock_persons
from services.members.storage.personal_details import delete_details
from services.members.storage.profiles import delete_profiles
from services.members.storage.reasons import insert_reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class EraseMember:
    """Remove whatever tells who a member was; what they did remains."""

    member_id: str
    reason: str = field(repr=False)
    stated_by: str
    """The caller."""


async def erase_members(work: Work, commands: Sequence[EraseMember]) -> list[Written | Fault]:
    """Erase members, each decided by itself and in order, while they are locked."""
    members = await lock_persons(work.connection, [command.member_id for command in commands])
    history = await read_history(work.connection, members)
    active = {each.member_id: each.id for each in history if each.is_active}
    reasons: list[tuple[str, int, str, str]] = []

    def decide(command: EraseMember) -> Member:
        member = members.get(command.member_id)
        if member is None:
            raise MemberUnknown(field="member_id", member_id=command.member_id)
        refuse_gone(member)
        if member.id in active:
            raise StillEnrolled(field="member_id", enrolment_id=active[member.id])
        erased = replace(member, erased_at=work.now, revision=member.revision + 1)
        members[member.id] = erased
        reasons.append((erased.id, erased.revision, command.reason, command.stated_by))
        return erased

    decided = decide_each(commands, decide)
    erased = accepted(decided)
    # Whoever turned out to be them has a name of its own, until now.
    duplicates = {
        member.id: [
            replace(each, erased_at=work.now, revision=each.revision + 1)
            for each in members.values()
            if each.merged_into == member.id
        ]
        for member in erased
    }
    if erased:
        everybody = [*erased, *(each for of_member in duplicates.values() for each in of_member)]
        erased_ids = [member.id for member in everybody]
        await delete_details(work.connection, erased_ids)
        await delete_profiles(work.connection, erased_ids)
        await update_members(work.connection, everybody)
        await insert_reasons(work, reasons)

    def settle(member: Member) -> Written:
        facts = tuple(of_member(each).make(work) for each in (*duplicates[member.id], member))
        return Written(id=member.id, facts=facts)

    return settle_each(decided, settle)
