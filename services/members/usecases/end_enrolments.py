"""End enrolments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.chassis.deciding import decide_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.backdating import refuse_unexplained
from services.members.domain.enrolment import Enrolments
from services.members.storage.enrolments import lock_histories
from services.members.storage.sides import read_sides
from services.members.usecases.settle_enrolments import Decided, settle_enrolments


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEnrolment:
    """End an active enrolment."""

    enrolment_id: str
    occurred_at: datetime | None
    reason: str
    stated_by: str
    """Who calls: the side of the community, or a system."""


async def end_enrolments(
    work: Work, commands: Sequence[EndEnrolment], *, zone: ZoneInfo
) -> list[Written | Fault]:
    """End enrolments, each decided by itself and in order, while the members are locked.

    Args:
        work: One transaction.
        commands: Of any enrolments.
        zone: The district's, whose days say what is back-dated and by which those enrolled are counted.
    """
    history = await lock_histories(work.connection, [command.enrolment_id for command in commands])
    enrolments = Enrolments(history=history)
    sides = await read_sides(
        work,
        (command.stated_by for command in commands),
        community_ids={each.community_id for each in history},
    )

    def decide(command: EndEnrolment) -> Decided:
        community_id = enrolments.known(command.enrolment_id).community_id
        sides.refuse_foreign_community(command.stated_by, community_id, field="enrolment_id")
        at = occurred(command.occurred_at, now=work.now)
        refuse_unexplained(at, reason=command.reason, now=work.now, zone=zone)
        ended = enrolments.end(command.enrolment_id, at=at)
        return Decided(id=ended.id, changed=[ended], reason=command.reason, stated_by=command.stated_by)

    return await settle_enrolments(work, decide_each(commands, decide), before=history, zone=zone)
