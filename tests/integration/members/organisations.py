"""Work units, pairings and moves with defaults, so that a test states only what it is about."""

from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from services.members.domain.organisation import Changes
from services.members.domain.pairing import PairingKind
from services.members.domain.register import Member, MemberType
from services.members.domain.work_unit import ForeignCode, WorkUnit
from services.members.storage.checks import checks_of_register
from services.members.storage.members import read_members
from services.members.storage.role_checks import checks_of_roles
from services.members.storage.unit_checks import checks_of_units
from services.members.storage.work_units import read_work_units
from services.members.usecases.change_work_unit_of_members import (
    ChangeWorkUnit,
    change_work_unit_of_members,
)
from services.members.usecases.close_work_units import CloseWorkUnit, close_work_units
from services.members.usecases.create_pairings import CreatePairing
from services.members.usecases.create_work_units import CreateWorkUnit, create_work_units
from services.members.usecases.end_pairings import EndPairing, end_pairings
from services.members.usecases.import_work_units import ImportWorkUnit
from services.members.usecases.merge_work_units import MergeWorkUnits
from services.members.usecases.update_work_units import UpdateWorkUnit
from tests.integration import databases
from tests.integration.members.register import DESK, JUNE, MARCH, Register

ZONE = ZoneInfo(databases.ZONE)

change_units = partial(change_work_unit_of_members, zone=ZONE)
close_units = partial(close_work_units, zone=ZONE)
end_all = partial(end_pairings, zone=ZONE)


def unit(code: str, **others: Any) -> CreateWorkUnit:
    return CreateWorkUnit(code=code, **{"name": code, "occurred_at": MARCH, **others})


def row(code: str, **others: Any) -> ImportWorkUnit:
    stated = {
        "name": code,
        "kind": None,
        "parent_code": "",
        "foreign_codes": frozenset(),
        "occurred_at": MARCH,
        "updates": False,
        **others,
    }
    return ImportWorkUnit(code=code, **stated)


def foreign(*codes: str) -> frozenset[ForeignCode]:
    return frozenset(ForeignCode(system="hr", code=code) for code in codes)


def merging(survivor_id: str, duplicate_id: str, **others: Any) -> MergeWorkUnits:
    stated = {"reason": "the same office", "occurred_at": JUNE, "stated_by": DESK, **others}
    return MergeWorkUnits(survivor_id=survivor_id, duplicate_id=duplicate_id, **stated)


def closing(work_unit_id: str, **others: Any) -> CloseWorkUnit:
    stated = {"occurred_at": JUNE, "reason": "dissolved", "stated_by": DESK, **others}
    return CloseWorkUnit(work_unit_id=work_unit_id, **stated)


def moving(member_id: str, work_unit_id: str | None, **others: Any) -> ChangeWorkUnit:
    stated = {"occurred_at": JUNE, "reason": "changed jobs", "stated_by": DESK, **others}
    return ChangeWorkUnit(member_id=member_id, work_unit_id=work_unit_id, **stated)


def pairing(work_unit_id: str, community_id: str, **others: Any) -> CreatePairing:
    stated = {"kind": PairingKind.JOINT_BUILDING, "targets": (), "occurred_at": MARCH, **others}
    return CreatePairing(work_unit_id=work_unit_id, community_id=community_id, **stated)


def ending(pairing_id: str, **others: Any) -> EndPairing:
    stated = {"occurred_at": JUNE, "reason": "agreed", "stated_by": DESK, **others}
    return EndPairing(pairing_id=pairing_id, **stated)


async def held(register: Register, *unit_ids: str) -> list[WorkUnit]:
    """Read work units as their rows have them."""
    async with register.database.read() as connection:
        found = await read_work_units(connection, unit_ids)
    return [found[unit_id] for unit_id in unit_ids]


async def member_of(register: Register, member_id: str) -> Member:
    """Read a member with all that was before."""
    async with register.database.read() as connection:
        return (await read_members(connection, [member_id]))[member_id]


async def changing(register: Register, unit_id: str, **changes: Any) -> UpdateWorkUnit:
    """Change a work unit as it is now."""
    (now,) = await held(register, unit_id)
    return UpdateWorkUnit(work_unit_id=unit_id, etag=now.etag, changes=Changes(**changes))


async def units(register: Register, *codes: str, **others: Any) -> list[str]:
    return await register.written(create_work_units, *(unit(code, **others) for code in codes))


async def employed(register: Register, *codes: str, work_unit_id: str) -> list[str]:
    return await register.members(*codes, member_type=MemberType.IN_SERVICE, work_unit_id=work_unit_id)


async def breaches(register: Register) -> list[str]:
    """Name what `verify` finds."""
    return await databases.findings(
        register.database, *checks_of_register(), *checks_of_units(), *checks_of_roles()
    )
