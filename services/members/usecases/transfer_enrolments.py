"""Transfer members from one community to another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.chassis.deciding import decide_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.backdating import refuse_unexplained
from services.members.domain.enrolment import Enrolment, Enrolments
from services.members.domain.register import refuse_gone
from services.members.storage.enrolments import read_history
from services.members.storage.facts import causes
from services.members.storage.grid_nodes import hold_nodes
from services.members.storage.members import lock_members
from services.members.storage.sides import read_sides
from services.members.usecases.settle_enrolments import Decided, settle_enrolments


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEnrolment:
    """Let a member leave the community where they are enrolled for another."""

    member_id: str
    community_id: str
    occurred_at: datetime | None
    reason: str
    stated_by: str
    """Who calls: the side of the community that receives, or a system."""


async def transfer_enrolments(
    work: Work, commands: Sequence[TransferEnrolment], *, zone: ZoneInfo
) -> list[Written | Fault]:
    """Transfer members, each decided by itself and in order, while they are locked.

    Args:
        work: One transaction.
        commands: Of any members.
        zone: The district's, whose days say what is back-dated and by which those enrolled are counted.
    """
    communities = await hold_nodes(work.connection, [command.community_id for command in commands])
    members = await lock_members(work.connection, [command.member_id for command in commands])
    history = await read_history(work.connection, members)
    enrolments = Enrolments(history=history, members=members, communities=communities)
    sides = await read_sides(
        work, (command.stated_by for command in commands), community_ids=list(communities)
    )

    def decide(command: TransferEnrolment) -> Decided:
        if command.member_id in members:
            refuse_gone(members[command.member_id])
        if command.community_id in communities:
            sides.refuse_foreign_community(command.stated_by, command.community_id, field="community_id")
        at = occurred(command.occurred_at, now=work.now)
        refuse_unexplained(at, reason=command.reason, now=work.now, zone=zone)
        transfer = enrolments.transfer(
            Enrolment(
                id=new_id(),
                member_id=command.member_id,
                community_id=command.community_id,
                enrolled_at=at,
                ended_at=None,
                revision=1,
            )
        )
        return Decided(
            id=transfer.begun.id,
            changed=[transfer.ended, transfer.begun],
            reason=command.reason,
            stated_by=command.stated_by,
            causes=causes(members[command.member_id], communities[command.community_id]),
        )

    return await settle_enrolments(work, decide_each(commands, decide), before=history, zone=zone)
