"""To which work unit members belong: the side of the work unit."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from linli.members.v1.facts_pb2 import MemberFact
from sqlalchemy import insert, select

from services.members.domain.affiliation import unit_at
from services.members.storage.members import read_members
from services.members.storage.organisation_tables import roles
from services.members.storage.tables import past_work_units, reasons
from tests.integration.databases import reasons as outcomes_of
from tests.integration.members import organisations as make
from tests.integration.members.register import JUNE, MARCH, Register, open_register

DAY = timedelta(days=1)
WRITERS = 8


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


class TestChangingTheWorkUnit:
    async def test_keeps_the_past_and_states_it(self, register: Register) -> None:
        first, second = await make.units(register, "first", "second")
        (member_id,) = await make.employed(register, "m1", work_unit_id=first)
        await register.written(
            make.change_units,
            make.moving(member_id, second),
            make.moving(member_id, first, occurred_at=JUNE + DAY),
        )
        async with register.database.read() as connection:
            member = (await read_members(connection, [member_id]))[member_id]
            kept = await connection.execute(select(reasons.c.reason))
            assert kept.scalars().all() == ["changed jobs"] * 2
        days = [MARCH - DAY, MARCH, JUNE, JUNE + DAY]
        assert [unit_at(member, day) for day in days] == [None, first, second, first]
        *_, fact = await register.facts()
        body = MemberFact.FromString(fact.body.value)
        assert [each.work_unit_id for each in body.earlier_work_units] == [first, second]
        assert (fact.revision, body.work_unit_id) == (3, first)
        assert await make.breaches(register) == []

    async def test_is_refused_with_the_reason(self, register: Register) -> None:
        first, second, closed = await make.units(register, "first", "second", "closed")
        await register.written(make.close_units, make.closing(closed))
        (member_id,) = await make.employed(register, "m1", work_unit_id=first)
        outcomes = await register.run(
            make.change_units,
            make.moving(member_id, None),
            make.moving(member_id, first),
            make.moving(member_id, closed),
            make.moving(member_id, "nobody"),
            make.moving("nobody", second),
            make.moving(member_id, second, reason=""),
            make.moving(member_id, second, occurred_at=MARCH),
            make.moving(member_id, second),
            make.moving(member_id, first),
        )
        assert outcomes_of(outcomes) == [
            "INVALID_FIELD",
            "ALREADY_IN_WORK_UNIT",
            "WORK_UNIT_CLOSED",
            "WORK_UNIT_UNKNOWN",
            "MEMBER_UNKNOWN",
            "REASON_REQUIRED",
            "AFFILIATION_CHANGED_LATER",
            "WRITTEN",
            "AFFILIATION_CHANGED_LATER",
        ]
        assert await register.count(past_work_units) == 1

    async def test_is_of_the_work_unit_that_receives(self, register: Register) -> None:
        first, second = await make.units(register, "first", "second")
        member_id, liaison_id = await register.members("m1", "liaison", work_unit_id=first)
        role = {
            "role_id": "r1",
            "kind": "LIAISON",
            "member_id": liaison_id,
            "scope_kind": "WORK_UNIT",
            "scope_id": second,
            "valid_from": MARCH,
            "revision": 1,
        }
        async with register.database.write() as connection:
            await connection.execute(insert(roles), [role])
        caller = f"member:{liaison_id}"
        later = JUNE + DAY
        outcomes = await register.run(
            make.change_units,
            make.moving(member_id, second, stated_by=f"member:{member_id}"),
            make.moving(member_id, second, stated_by=caller),
            make.moving(member_id, first, stated_by=caller, occurred_at=later),
            make.moving(member_id, None, stated_by=caller, occurred_at=later),
        )
        assert outcomes_of(outcomes) == ["NOT_YOUR_SIDE", "WRITTEN", "NOT_YOUR_SIDE", "WRITTEN"]

    async def test_by_many_at_once_happens_once(self, register: Register) -> None:
        first, second = await make.units(register, "first", "second")
        (member_id,) = await make.employed(register, "m1", work_unit_id=first)
        moves = [register.run(make.change_units, make.moving(member_id, second)) for _ in range(WRITERS)]
        outcomes = sorted(reason for each in await asyncio.gather(*moves) for reason in outcomes_of(each))
        assert outcomes == [*["ALREADY_IN_WORK_UNIT"] * (WRITERS - 1), "WRITTEN"]
        assert await register.count(past_work_units) == 1
        assert await make.breaches(register) == []
