"""End enrolments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.sql.database import RunAgain
from services.chassis.work import Work, Written
from services.members.domain.enrolment import Enrolment, Enrolments
from services.members.storage.enrolment_counts import record_changes
from services.members.storage.enrolments import read_history, read_members_of, update_ended
from services.members.storage.facts import of_enrolment
from services.members.storage.members import lock_members
from services.members.storage.sides import read_sides


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEnrolment:
    """End an active enrolment."""

    enrolment_id: str
    occurred_at: datetime | None
    stated_by: str
    """Who calls: the side of the community, or a system."""


async def end_enrolments(
    work: Work, commands: Sequence[EndEnrolment], *, zone: ZoneInfo
) -> list[Written | Fault]:
    """End enrolments, each decided by itself and in order, while the members are locked.

    Args:
        work: One transaction.
        commands: Of any enrolments.
        zone: The district's, by whose days those enrolled are counted.
    """
    enrolment_ids = [command.enrolment_id for command in commands]
    member_ids = await read_members_of(work.connection, enrolment_ids)
    await lock_members(work.connection, member_ids)
    if await read_members_of(work.connection, enrolment_ids) != member_ids:
        raise RunAgain  # somebody was merged while we waited
    history = await read_history(work.connection, member_ids)
    enrolments = Enrolments(history=history)
    communities = {enrolment.id: enrolment.community_id for enrolment in history}
    sides = await read_sides(
        work, (command.stated_by for command in commands), community_ids=set(communities.values())
    )

    def decide(command: EndEnrolment) -> Enrolment:
        if command.enrolment_id in communities:
            community_id = communities[command.enrolment_id]
            sides.refuse_foreign_community(command.stated_by, community_id, field="enrolment_id")
        return enrolments.end(command.enrolment_id, at=occurred(command.occurred_at, now=work.now))

    decided = decide_each(commands, decide)
    ended = accepted(decided)
    await update_ended(work.connection, ended)
    ids = {enrolment.id for enrolment in ended}
    await record_changes(work, before=[each for each in history if each.id in ids], after=ended, zone=zone)
    return settle_each(
        decided,
        lambda enrolment: Written(id=enrolment.id, facts=(of_enrolment(enrolment).make(work),)),
    )
