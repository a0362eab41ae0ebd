"""Renew enrolments: members return to their community (返报到), once in each period of the policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.chassis.deciding import decide_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.periods import Period
from services.chassis.sql.database import RunAgain
from services.chassis.work import Work, Written
from services.members.domain.enrolment import Enrolment, Enrolments
from services.members.domain.enrolment_faults import RenewalNotRequired
from services.members.domain.faults import NotEnrolled
from services.members.domain.register import refuse_gone
from services.members.storage.enrolments import read_history, read_members_of
from services.members.storage.members import lock_members
from services.members.storage.policies import read_policy
from services.members.storage.renewals import Renewal, insert_renewals
from services.members.storage.sides import read_sides
from services.members.usecases.settle_enrolments import Decided, settle_enrolments


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewEnrolment:
    """Note that a member returned."""

    member_id: str
    """Whose enrolment in force at that time is meant; or empty."""
    enrolment_id: str
    """Which is meant; or empty."""
    occurred_at: datetime | None
    stated_by: str
    """Who calls: the member, the side of the community, or a system."""


async def renew_enrolments(
    work: Work, commands: Sequence[RenewEnrolment], *, zone: ZoneInfo
) -> list[Written | Fault]:
    """Renew enrolments, each decided by itself and in order, while the members are locked.

    Args:
        work: One transaction.
        commands: Of any members or enrolments.
        zone: The district's, whose calendar has the periods.

    Raises:
        RunAgain: An enrolment came to belong to another member meanwhile, because two were merged.
    """
    ids = [each.enrolment_id for each in commands if each.enrolment_id]
    of_enrolments = await read_members_of(work.connection, ids)
    members = await lock_members(work.connection, of_enrolments | {each.member_id for each in commands})
    if await read_members_of(work.connection, ids) != of_enrolments:
        raise RunAgain
    history = await read_history(work.connection, members)
    enrolments = Enrolments(history=history, members=members)
    renewal_period = (await read_policy(work.connection)).renewal_period
    sides = await read_sides(
        work,
        (command.stated_by for command in commands),
        community_ids={each.community_id for each in history},
    )
    renewals: list[Renewal] = []

    def decide(command: RenewEnrolment) -> Decided:
        if command.member_id in members:
            refuse_gone(members[command.member_id])
        at = occurred(command.occurred_at, now=work.now)
        enrolment = _meant(command, enrolments, at=at)
        sides.refuse_foreign_community(
            command.stated_by,
            enrolment.community_id,
            field="enrolment_id" if command.enrolment_id else "member_id",
            of_member=enrolment.member_id,
        )
        if renewal_period is None:
            raise RenewalNotRequired
        period = Period.containing(at, kind=renewal_period, zone=zone)
        renewed = enrolments.renew(enrolment, period_id=period.id)
        renewals.append(Renewal(enrolment_id=renewed.id, period_id=period.id, renewed_at=at))
        return Decided(id=renewed.id, changed=[renewed], reason="", stated_by=command.stated_by)

    decided = decide_each(commands, decide)
    await insert_renewals(work.connection, renewals)
    return await settle_enrolments(work, decided, before=history, zone=zone)


def _meant(command: RenewEnrolment, enrolments: Enrolments, *, at: datetime) -> Enrolment:
    if not command.enrolment_id:
        return enrolments.in_force(command.member_id, at=at)
    enrolment = enrolments.known(command.enrolment_id)
    if not enrolment.is_in_force(at):
        raise NotEnrolled(field="occurred_at", enrolment_id=enrolment.id, at=at.isoformat())
    return enrolment
