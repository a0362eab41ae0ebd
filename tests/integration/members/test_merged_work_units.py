"""The id of a merged work unit, and merges beside other writes."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from services.members.domain.person import Changes
from services.members.domain.place import Scope, ScopeKind
from services.members.domain.role import RoleKind
from services.members.domain.team import TeamType
from services.members.storage.pairings import read_pairings
from services.members.storage.roles import read_roles
from services.members.storage.tables import members, work_units
from services.members.storage.teams import read_teams
from services.members.usecases.create_members import create_members
from services.members.usecases.create_pairings import create_pairings
from services.members.usecases.create_teams import CreateTeam, create_teams
from services.members.usecases.grant_roles import GrantRole, grant_roles
from services.members.usecases.import_members import ImportMember
from services.members.usecases.import_members import import_members as bring_in
from services.members.usecases.import_work_units import import_work_units
from services.members.usecases.merge_work_units import merge_work_units
from services.members.usecases.update_work_units import change_work_units
from tests.integration.databases import reasons as outcomes_of
from tests.integration.members import organisations as make
from tests.integration.members.register import DESK, JUNE, MARCH, Register, member, open_register

INSTANT = timedelta(microseconds=1)
WRITERS = 8


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


import_members = partial(bring_in, zone=make.ZONE)


def member_row(code: str, *, work_unit_code: str) -> ImportMember:
    return ImportMember(
        code=code,
        work_unit_code=work_unit_code,
        stated=Changes(name=code),
        occurred_at=MARCH,
        updates=False,
        accepts_duplicate=False,
        reason="",
        stated_by=DESK,
    )


class TestAMergedId:
    async def test_is_understood_by_every_write_of_members_teams_and_roles(self, register: Register) -> None:
        stays, goes = await make.units(register, "stays", "goes")
        moving_id, holder_id = await register.members("m0", "holder")
        await register.written(merge_work_units, make.merging(stays, goes))
        (member_id,) = await make.employed(register, "m1", work_unit_id=goes)
        (imported_id,) = await register.written(import_members, member_row("m2", work_unit_code="goes"))
        await register.written(make.change_units, make.moving(moving_id, goes))
        for each in (member_id, imported_id, moving_id):
            assert (await make.member_of(register, each)).work_unit_id == stays
        team = CreateTeam(
            code="t1",
            name="t1",
            team_type=TeamType.VOLUNTEER,
            node_id=None,
            work_unit_id=goes,
            occurred_at=MARCH,
        )
        (team_id,) = await register.written(create_teams, team)
        role = GrantRole(
            member_id=holder_id,
            kind=RoleKind.LIAISON,
            scope=Scope(kind=ScopeKind.WORK_UNIT, id=goes),
            occurred_at=MARCH,
            valid_until=None,
        )
        (role_id,) = await register.written(grant_roles, role)
        async with register.database.read() as connection:
            assert (await read_teams(connection, [team_id]))[team_id].work_unit_id == stays
            assert (await read_roles(connection, [role_id]))[role_id].scope.id == stays
        assert await make.breaches(register) == []

    async def test_is_understood_by_every_write_of_work_units_and_pairings(self, register: Register) -> None:
        stays, goes = await make.units(register, "stays", "goes")
        community_id = await register.community()
        await register.written(merge_work_units, make.merging(stays, goes))
        (below,) = await make.units(register, "below", parent_id=goes)
        (beside,) = await make.units(register, "beside")
        to_old = await make.changing(register, beside, parent_id=(goes,))
        await register.written(change_work_units, to_old)
        (imported,) = await register.written(import_work_units, make.row("imported", parent_code="goes"))
        held = await make.held(register, below, beside, imported)
        assert [each.parent_id for each in held] == [stays] * 3
        assert await register.written(import_work_units, make.row("goes", name="whatever")) == [stays]
        (pairing_id,) = await register.written(create_pairings, make.pairing(goes, community_id))
        async with register.database.read() as connection:
            assert (await read_pairings(connection, [pairing_id]))[pairing_id].work_unit_id == stays
        renamed = replace(await make.changing(register, stays, name="renamed"), work_unit_id=goes)
        assert await register.written(change_work_units, renamed) == [stays]
        (third,) = await make.units(register, "third")
        assert await register.written(merge_work_units, make.merging(goes, third)) == [stays]
        closing = await register.run(make.close_units, make.closing(goes))
        assert outcomes_of(closing) == ["WORK_UNIT_IN_USE"]
        assert await make.breaches(register) == []


class TestAtOnce:
    async def test_two_merges_that_cross_make_one_of_both(self, register: Register) -> None:
        one_unit, other_unit = await make.units(register, "one", "other")
        await make.employed(register, "m1", work_unit_id=one_unit)
        await make.employed(register, "m2", work_unit_id=other_unit)
        outcomes = await asyncio.gather(
            register.run(merge_work_units, make.merging(one_unit, other_unit)),
            register.run(merge_work_units, make.merging(other_unit, one_unit)),
        )
        reasons_given = sorted(reason for each in outcomes for reason in outcomes_of(each))
        assert reasons_given == ["SAME_WORK_UNIT", "WRITTEN"]
        merged = [each for each in await make.held(register, one_unit, other_unit) if each.merged_into]
        assert len(merged) == 1
        assert await make.breaches(register) == []

    async def test_a_merge_and_those_who_enter_leave_nobody_behind(self, register: Register) -> None:
        stays, goes, other = await make.units(register, "stays", "goes", "other")
        ids = await make.employed(register, *(f"m{n}" for n in range(WRITERS)), work_unit_id=goes)
        elsewhere = await make.employed(register, *(f"o{n}" for n in range(WRITERS)), work_unit_id=other)
        entering = [register.run(create_members, member(f"n{n}", work_unit_id=goes)) for n in range(WRITERS)]
        coming = [register.run(make.change_units, make.moving(each, goes)) for each in elsewhere]
        leaving = [register.run(make.change_units, make.moving(each, other)) for each in ids[::2]]
        at = JUNE + INSTANT
        merged = register.run(merge_work_units, make.merging(stays, goes, occurred_at=at))
        outcomes = await asyncio.gather(*entering, *coming[:4], *leaving, merged, *coming[4:])
        assert outcomes_of(outcomes[-5]) == ["WRITTEN"]
        async with register.database.read() as connection:
            where = (await connection.execute(select(members.c.work_unit_id))).scalars().all()
            count = (await connection.execute(select(work_units.c.merged_into))).scalars().all()
        assert set(where) <= {stays, other}
        assert count.count(stays) == 1
        assert await make.breaches(register) == []
