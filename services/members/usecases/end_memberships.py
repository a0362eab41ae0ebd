"""Let members leave teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.sql.database import RunAgain
from services.chassis.work import Work, Written
from services.members.domain.backdating import refuse_unexplained
from services.members.domain.membership import Membership, Memberships
from services.members.domain.place import Scope, ScopeKind
from services.members.storage.members import lock_members
from services.members.storage.memberships import read_memberships, update_left
from services.members.storage.places import lock_places
from services.members.storage.reasons import insert_reasons
from services.members.storage.role_facts import of_membership


@dataclass(frozen=True, slots=True, kw_only=True)
class EndTeamMembership:
    """Let a member leave a team."""

    membership_id: str
    occurred_at: datetime | None
    reason: str
    stated_by: str


async def end_memberships(
    work: Work, commands: Sequence[EndTeamMembership], *, zone: tzinfo
) -> list[Written | Fault]:
    """End memberships, each decided by itself and in order, while members and teams are locked."""
    ids = [command.membership_id for command in commands]
    found = (await read_memberships(work.connection, ids)).values()
    await lock_members(work.connection, {each.member_id for each in found})
    await lock_places(work.connection, {Scope(kind=ScopeKind.TEAM, id=each.team_id) for each in found})
    held = (await read_memberships(work.connection, ids)).values()
    if {each.member_id for each in held} != {each.member_id for each in found}:
        raise RunAgain  # somebody was merged while we waited
    memberships = Memberships(history=held)
    explained: dict[str, tuple[str, str]] = {}

    def decide(command: EndTeamMembership) -> Membership:
        at = occurred(command.occurred_at, now=work.now)
        refuse_unexplained(at, reason=command.reason, now=work.now, zone=zone)
        explained[command.membership_id] = (command.reason, command.stated_by)
        return memberships.leave(command.membership_id, at=at)

    decided = decide_each(commands, decide)
    ended = accepted(decided)
    await update_left(work.connection, ended)
    await insert_reasons(work, [(each.id, each.revision, *explained[each.id]) for each in ended])
    return settle_each(decided, lambda each: Written(id=each.id, facts=(of_membership(each).make(work),)))
