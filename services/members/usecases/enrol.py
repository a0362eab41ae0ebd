"""Enrol members with communities (报到)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.enrolment import Enrolment, Enrolments
from services.members.domain.register import refuse_gone
from services.members.storage.enrolment_counts import record_changes
from services.members.storage.enrolments import insert_enrolments, read_history
from services.members.storage.facts import causes, of_enrolment
from services.members.storage.grid_nodes import hold_nodes
from services.members.storage.members import lock_members
from services.members.storage.sides import read_sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrol:
    """Enrol a member with a community."""

    member_id: str
    community_id: str
    occurred_at: datetime | None
    stated_by: str
    """Who calls: the member, the side of the community, or a system."""

    def enrolment(self, *, now: datetime) -> Enrolment:
        return Enrolment(
            id=new_id(),
            member_id=self.member_id,
            community_id=self.community_id,
            enrolled_at=occurred(self.occurred_at, now=now),
            ended_at=None,
            revision=1,
        )


async def enrol(work: Work, commands: Sequence[Enrol], *, zone: ZoneInfo) -> list[Written | Fault]:
    """Begin enrolments, each decided by itself and in order, while the members are locked.

    Args:
        work: One transaction.
        commands: Of any members.
        zone: The district's, by whose days those enrolled are counted.
    """
    communities = await hold_nodes(work.connection, [command.community_id for command in commands])
    members = await lock_members(work.connection, [command.member_id for command in commands])
    enrolments = Enrolments(
        history=await read_history(work.connection, members), members=members, communities=communities
    )
    sides = await read_sides(
        work, (command.stated_by for command in commands), community_ids=list(communities)
    )

    def decide(command: Enrol) -> Enrolment:
        if command.member_id in members:
            refuse_gone(members[command.member_id])
        if command.community_id in communities:
            sides.refuse_foreign_community(
                command.stated_by, command.community_id, field="community_id", of_member=command.member_id
            )
        return enrolments.begin(command.enrolment(now=work.now))

    decided = decide_each(commands, decide)
    begun = accepted(decided)
    await insert_enrolments(work.connection, begun)
    await record_changes(work, after=begun, zone=zone)

    def settle(enrolment: Enrolment) -> Written:
        rests_on = causes(members[enrolment.member_id], communities[enrolment.community_id])
        return Written(id=enrolment.id, facts=(of_enrolment(enrolment).make(work, causes=rests_on),))

    return settle_each(decided, settle)
