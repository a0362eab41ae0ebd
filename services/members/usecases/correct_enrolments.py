"""Correct when enrolments began and ended."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.deciding import decide_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.sql.database import RunAgain
from services.chassis.work import Work, Written
from services.members.domain.correction import Correction, correct
from services.members.domain.days import day_of
from services.members.domain.enrolment import Enrolment, Enrolments
from services.members.domain.policy import Policy
from services.members.storage.enrolments import lock_histories, read_histories_of
from services.members.storage.grid_nodes import hold_nodes, read_nodes
from services.members.storage.policies import read_policy
from services.members.storage.sides import read_sides
from services.members.usecases.settle_enrolments import Decided, settle_enrolments


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectEnrolment:
    """Correct when an enrolment began and ended."""

    correction: Correction
    reason: str
    stated_by: str
    """Who calls: the side of every community whose enrolments change, or a system."""


async def correct_enrolments(
    work: Work, commands: Sequence[CorrectEnrolment], *, zone: ZoneInfo
) -> list[Written | Fault]:
    """Correct enrolments, each decided by itself and in order, while the members are locked.

    Args:
        work: One transaction.
        commands: Of any enrolments.
        zone: The district's, whose days say who is late and by which those enrolled are counted.

    Raises:
        RunAgain: A member was enrolled elsewhere meanwhile.
    """
    ids = [command.correction.enrolment_id for command in commands]
    expected = _communities(await read_histories_of(work.connection, ids))
    communities = await hold_nodes(work.connection, expected)
    history = await lock_histories(work.connection, ids)
    if not _communities(history) <= communities.keys():
        raise RunAgain
    enrolments = Enrolments(history=history)
    is_late = _deadline(await read_policy(work.connection), zone)
    sides = await read_sides(
        work, (command.stated_by for command in commands), community_ids=communities.keys()
    )

    def decide(command: CorrectEnrolment) -> Decided:
        stated, caller = command.correction, command.stated_by
        _refuse_future(stated, now=work.now)
        own = enrolments.known(stated.enrolment_id).community_id
        sides.refuse_foreign_community(caller, own, field="enrolment_id")
        changed = correct(stated, enrolments=enrolments, communities=communities, is_late=is_late)
        for each in changed:
            sides.refuse_foreign_community(caller, each.community_id, field="move_neighbour")
        for each in changed:
            enrolments.remember(each)
        return Decided(id=stated.enrolment_id, changed=changed, reason=command.reason, stated_by=caller)

    return await settle_enrolments(work, decide_each(commands, decide), before=history, zone=zone)


async def plan_correction(
    connection: AsyncConnection, correction: Correction, *, now: datetime, zone: ZoneInfo
) -> list[Enrolment]:
    """Say what a correction would change, and change nothing.

    It is refused as the correction itself would be, but for who may: that is asked of those who write.

    Args:
        connection: Reads.
        correction: What is to be.
        now: The database's clock.
        zone: The district's, whose days say who is late.
    """
    _refuse_future(correction, now=now)
    history = await read_histories_of(connection, [correction.enrolment_id])
    return correct(
        correction,
        enrolments=Enrolments(history=history),
        communities=await read_nodes(connection, _communities(history)),
        is_late=_deadline(await read_policy(connection), zone),
    )


def _communities(history: Iterable[Enrolment]) -> set[str]:
    return {each.community_id for each in history}


def _deadline(policy: Policy, zone: ZoneInfo) -> Callable[[datetime], bool]:
    return lambda moment: policy.is_late(day_of(moment, zone=zone))


def _refuse_future(correction: Correction, *, now: datetime) -> None:
    for field in ("enrolled_at", "ended_at"):
        occurred(getattr(correction, field), now=now, field=field)
