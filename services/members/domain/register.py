"""The register: work units and the people who are on it. No personal data: those stand apart, in storage."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.chassis.faults import InvalidField
from services.members.domain.codes import Codes
from services.members.domain.faults import WorkUnitUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkUnit:
    """An employer with a Party organisation (单位)."""

    id: str
    code: str
    name: str
    effective_from: datetime
    revision: int


def add(unit: WorkUnit, /, *, codes: Codes) -> WorkUnit:
    """Take a work unit in.

    Raises:
        CodeTaken: Another one has the code.
    """
    codes.take(unit.code)
    return unit


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person on the register."""

    id: str
    code: str
    member_type: MemberType
    work_unit_id: str | None
    registered_at: datetime
    revision: int


def register(member: Member, /, *, work_units: Container[str], codes: Codes) -> Member:
    """Take a member onto the register.

    Args:
        member: As stated.
        work_units: The ids of those that exist.
        codes: The members' codes that are taken.

    Raises:
        WorkUnitUnknown: There is no such work unit.
        CodeTaken: Another member has the code.
        InvalidField: An in-service member without a work unit.
    """
    if member.member_type is MemberType.IN_SERVICE and not member.work_unit_id:
        raise InvalidField("An in-service member has a work unit; name it.", field="work_unit_id")
    if member.work_unit_id and member.work_unit_id not in work_units:
        raise WorkUnitUnknown(field="work_unit_id", work_unit_id=member.work_unit_id)
    codes.take(member.code)
    return member
