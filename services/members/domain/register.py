"""The register: the people who are on it. No personal data: those stand apart, in storage."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.chassis.faults import InvalidField
from services.members.domain.codes import Codes
from services.members.domain.faults import MemberErased, MemberMerged
from services.members.domain.work_unit import WorkUnit, open_unit


class MemberType(StrEnum):
    IN_SERVICE = "IN_SERVICE"
    """在职党员: serves where they live, and answers to the work unit."""
    RETIRED = "RETIRED"
    MOBILE = "MOBILE"
    RURAL = "RURAL"
    STUDENT = "STUDENT"
    VOLUNTEER = "VOLUNTEER"
    """Whether a Party member or not."""
    RESIDENT = "RESIDENT"


PARTY_MEMBERS: Final = frozenset(
    {MemberType.IN_SERVICE, MemberType.RETIRED, MemberType.MOBILE, MemberType.RURAL, MemberType.STUDENT}
)
"""Who is a Party member (党员) by the type; of volunteers and residents the register does not know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastWorkUnit:
    """A span in which a member belonged elsewhere: until just before `effective_until`."""

    work_unit_id: str | None
    """None: to none."""
    effective_from: datetime
    effective_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person on the register."""

    id: str
    code: str
    member_type: MemberType
    work_unit_id: str | None
    work_unit_since: datetime | None = None
    """None if the work unit holds since the registration."""
    past_work_units: tuple[PastWorkUnit, ...] = ()
    """Where they belonged before: in the order of time, without gaps since the registration."""
    registered_at: datetime
    probationary: bool = False
    """预备党员."""
    merged_into: str | None = None
    """The member that this one turned out to be; the id stands for that one."""
    erased_at: datetime | None = None
    """Since when nobody knows who this was."""
    revision: int


def refuse_gone(member: Member, /, *, field: str = "member_id") -> None:
    """Let a write that names a member pass only if there is somebody to write about.

    Args:
        member: Who is named.
        field: The field of the request that names them.

    Raises:
        MemberMerged: They turned out to be somebody else.
        MemberErased: Nobody knows any more who they were.
    """
    if member.merged_into is not None:
        raise MemberMerged(field=field, member_id=member.id, survivor_id=member.merged_into)
    if member.erased_at is not None:
        raise MemberErased(field=field, member_id=member.id)


def register(member: Member, /, *, work_units: Mapping[str, WorkUnit], codes: Codes) -> Member:
    """Take a member onto the register.

    Args:
        member: As stated.
        work_units: Those that the ids asked for stand for, by the ids asked for.
        codes: The members' codes that are taken.

    Returns:
        The member, in the work unit that the stated id stands for.

    Raises:
        WorkUnitUnknown: There is no such work unit.
        WorkUnitClosed: It exists no longer.
        CodeTaken: Another member has the code.
        InvalidField: An in-service member without a work unit.
    """
    if member.member_type is MemberType.IN_SERVICE and not member.work_unit_id:
        raise InvalidField("An in-service member has a work unit; name it.", field="work_unit_id")
    if member.work_unit_id:
        member = replace(member, work_unit_id=open_unit(member.work_unit_id, units=work_units).id)
    codes.take(member.code)
    return member
