"""To which work unit members belong, and did before (双重管理: the work unit's side of a member).

A member belongs to one work unit or to none at every moment since the registration; the spans have no gaps.
"""

from dataclasses import replace
from datetime import datetime

from services.chassis.faults import InvalidField
from services.members.domain.register import Member, MemberType, PastWorkUnit
from services.members.domain.unit_faults import AffiliationChangedLater, AlreadyInWorkUnit


def moved_to(member: Member, work_unit_id: str | None, /, *, at: datetime) -> Member:
    """Let a member belong to another work unit, or to none, from a moment on.

    Args:
        member: With all that was before.
        work_unit_id: Where they belong from then on; None: nowhere.
        at: Later than their last change, and than the registration.

    Raises:
        InvalidField: An in-service member would have no work unit.
        AlreadyInWorkUnit: That is where they belong.
        AffiliationChangedLater: Their work unit holds since that moment or a later one.
    """
    if work_unit_id is None and member.member_type is MemberType.IN_SERVICE:
        raise InvalidField("An in-service member has a work unit; name it.", field="work_unit_id")
    if work_unit_id == member.work_unit_id:
        raise AlreadyInWorkUnit(field="work_unit_id", work_unit_id=work_unit_id or "")
    since = belongs_since(member)
    if at <= since:
        raise AffiliationChangedLater(field="occurred_at", member_id=member.id, since=since.isoformat())
    until_then = PastWorkUnit(work_unit_id=member.work_unit_id, effective_from=since, effective_until=at)
    return replace(
        member,
        work_unit_id=work_unit_id,
        work_unit_since=at,
        past_work_units=(*member.past_work_units, until_then),
        revision=member.revision + 1,
    )


def belongs_since(member: Member, /) -> datetime:
    """Say since when members have belonged where they do."""
    return member.work_unit_since or member.registered_at


def unit_at(member: Member, moment: datetime, /) -> str | None:
    """Say to which work unit a member belonged at a moment; None: to none, or not yet on the register."""
    if moment >= belongs_since(member):
        return member.work_unit_id
    for past in member.past_work_units:
        if past.effective_from <= moment < past.effective_until:
            return past.work_unit_id
    return None
