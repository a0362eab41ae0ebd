"""Reads what goes over when two work units become one, and stores what becomes of it."""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import Column, ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.columns import update_columns
from services.chassis.work import Work
from services.members.domain.place import Scope, ScopeKind
from services.members.domain.role import Role
from services.members.domain.work_unit_merge import Belongings, MergedWorkUnits
from services.members.storage.affiliations import store_moved
from services.members.storage.foreign_codes import count_foreign_codes, hand_over_foreign_codes
from services.members.storage.hierarchy import read_forwarded_ids, read_sub_unit_ids
from services.members.storage.members import lock_members, read_members
from services.members.storage.organisation_tables import foreign_codes, pairings, roles, teams
from services.members.storage.pairings import lock_pairings, read_pairings_of, update_pairings
from services.members.storage.places import lock_places
from services.members.storage.roles import read_roles
from services.members.storage.tables import members, work_units
from services.members.storage.teams import read_teams, update_teams
from services.members.storage.work_units import lock_work_units, read_work_units, update_work_units

Record = TypeVar("Record")

_AT_UNIT: Final = roles.c.scope_kind == ScopeKind.WORK_UNIT

_KINDS: Final[Sequence[tuple[Column[str], Column[Any], ColumnElement[bool] | None]]] = (
    (members.c.member_id, members.c.work_unit_id, None),
    (work_units.c.work_unit_id, work_units.c.parent_id, None),
    (work_units.c.work_unit_id, work_units.c.merged_into, None),
    (pairings.c.pairing_id, pairings.c.work_unit_id, None),
    (teams.c.team_id, teams.c.work_unit_id, None),
    (roles.c.role_id, roles.c.scope_id, _AT_UNIT),
    (foreign_codes.c.foreign_code, foreign_codes.c.work_unit_id, None),
)
"""What can belong to a work unit: the record, the work unit, and which records are meant."""


async def count_belongings(connection: AsyncConnection, work_unit_id: str) -> int:
    """Count the records that belong to a work unit, the past ones too."""
    count = 0
    for record, unit, condition in _KINDS:
        statement = select(func.count(record)).where(unit == work_unit_id)
        if condition is not None:
            statement = statement.where(condition)
        count += (await connection.execute(statement)).scalar_one()
    return count


async def lock_belongings(connection: AsyncConnection, *, survivor_id: str, duplicate_id: str) -> set[str]:
    """Lock the two work units and what belongs to the duplicate: in the order of kinds that all writes keep.

    Returns:
        The ids of the members who are locked: those of the duplicate, and who has a role there.
    """
    await lock_work_units(connection, [survivor_id, duplicate_id])
    # Nobody enters anything for the two any more, so that what is read now is all.
    below = await read_sub_unit_ids(connection, duplicate_id)
    await lock_work_units(connection, [*below, *await read_forwarded_ids(connection, duplicate_id)])
    member_ids = await _ids(connection, members.c.member_id, members.c.work_unit_id == duplicate_id)
    holders = await _ids(connection, roles.c.member_id, _AT_UNIT & (roles.c.scope_id == duplicate_id))
    locked = await lock_members(connection, [*member_ids, *holders])
    of_teams = await _ids(connection, teams.c.team_id, teams.c.work_unit_id == duplicate_id)
    await lock_places(connection, [Scope(kind=ScopeKind.TEAM, id=each) for each in of_teams])
    paired = await _ids(connection, pairings.c.pairing_id, pairings.c.work_unit_id == duplicate_id)
    await lock_pairings(connection, paired)
    return set(locked)


async def read_belongings(connection: AsyncConnection, *, survivor_id: str, duplicate_id: str) -> Belongings:
    """Read what belongs to the duplicate, and what of the survivor's can be in its way."""
    member_ids = await _ids(connection, members.c.member_id, members.c.work_unit_id == duplicate_id)
    sub_units = await read_work_units(connection, await read_sub_unit_ids(connection, duplicate_id))
    forwarded = await read_work_units(connection, await read_forwarded_ids(connection, duplicate_id))
    team_ids = await _ids(connection, teams.c.team_id, teams.c.work_unit_id == duplicate_id)
    return Belongings(
        members=_in_order(await read_members(connection, member_ids)),
        sub_units=_in_order(sub_units),
        forwarded=_in_order(forwarded),
        pairings=await read_pairings_of(connection, [duplicate_id]),
        teams=_in_order(await read_teams(connection, team_ids)),
        roles=await _read_roles_at(connection, duplicate_id),
        foreign_codes=await count_foreign_codes(connection, duplicate_id),
        survivors_pairings=await read_pairings_of(connection, [survivor_id]),
        survivors_roles=await _read_roles_at(connection, survivor_id),
    )


async def store_merged(work: Work, merged: MergedWorkUnits) -> None:
    """Store what became of all that is locked."""
    connection = work.connection
    units = [merged.survivor, merged.duplicate, *merged.sub_units, *merged.forwarded]
    await update_work_units(connection, units)
    await store_moved(connection, merged.members)
    # One active pairing of a kind there may be: what ends must have ended before the others come.
    ended = [pairing for pairing in merged.pairings if not pairing.is_active]
    await update_pairings(connection, ended)
    await update_pairings(connection, [pairing for pairing in merged.pairings if pairing.is_active])
    await update_teams(connection, merged.teams)
    rows = [
        {
            "role_id": role.id,
            "scope_id": role.scope.id,
            "withdrawn": role.withdrawn,
            "revision": role.revision,
        }
        for role in merged.roles
    ]
    await update_columns(connection, roles.c.role_id, rows)
    await hand_over_foreign_codes(connection, of=merged.duplicate.id, to=merged.survivor.id)


async def _read_roles_at(connection: AsyncConnection, work_unit_id: str) -> list[Role]:
    role_ids = await _ids(connection, roles.c.role_id, _AT_UNIT & (roles.c.scope_id == work_unit_id))
    return _in_order(await read_roles(connection, role_ids))


async def _ids(connection: AsyncConnection, column: Column[str], condition: ColumnElement[bool]) -> list[str]:
    return list((await connection.execute(select(column).where(condition))).scalars())


def _in_order(found: dict[str, Record]) -> list[Record]:
    return [found[record_id] for record_id in sorted(found)]
