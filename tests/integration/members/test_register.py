import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest
from linli.members.v1.facts_pb2 import GridNodeFact, MemberFact
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from services.chassis.work import Written
from services.members.domain.grid import Level
from services.members.domain.register import MemberType
from services.members.storage.person_tables import personal_values
from services.members.storage.personal_details import read_names
from services.members.storage.tables import grid_nodes, members
from services.members.usecases.create_members import create_members
from services.members.usecases.create_nodes import create_nodes
from services.members.usecases.create_work_units import CreateWorkUnit, create_work_units
from tests.integration.databases import reasons
from tests.integration.members.register import MARCH, Register, member, node, open_register

WRITERS = 8


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


def unit(code: str) -> CreateWorkUnit:
    return CreateWorkUnit(code=code, name=code, occurred_at=MARCH)


class TestTheGrid:
    async def test_takes_what_fits_and_refuses_the_rest_of_the_batch(self, register: Register) -> None:
        (district_id,) = await register.written(create_nodes, node("d", Level.DISTRICT))
        outcomes = await register.run(
            create_nodes,
            node("s1", Level.STREET, district_id),
            node("s1", Level.STREET, district_id),
            node("d", Level.STREET, district_id),
            node("d2", Level.DISTRICT),
            node("c1", Level.COMMUNITY, district_id),
            node("s2", Level.STREET, "nobody"),
            node("s3", Level.STREET, district_id),
        )
        assert reasons(outcomes) == [
            "WRITTEN",
            "CODE_TAKEN",
            "CODE_TAKEN",
            "DISTRICT_EXISTS",
            "LEVEL_MISMATCH",
            "NODE_UNKNOWN",
            "WRITTEN",
        ]
        assert await register.count(grid_nodes) == 3

    async def test_states_each_node_with_its_parent_as_the_cause(self, register: Register) -> None:
        (district_id,) = await register.written(create_nodes, node("d", Level.DISTRICT))
        (street_id,) = await register.written(create_nodes, node("s1", Level.STREET, district_id))
        _, fact = await register.facts()
        body = GridNodeFact.FromString(fact.body.value)
        assert (body.node_id, body.parent_id, body.level) == (street_id, district_id, 2)
        assert (fact.record_id, fact.revision, fact.log) == (street_id, 1, "members")
        assert fact.effective_at.ToDatetime(tzinfo=UTC) == MARCH
        assert [(cause.record_id, cause.revision) for cause in fact.causes] == [(district_id, 1)]

    async def test_refuses_a_time_in_the_future(self, register: Register) -> None:
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        outcomes = await register.run(create_nodes, node("d", Level.DISTRICT, occurred_at=tomorrow))
        assert reasons(outcomes) == ["INVALID_FIELD"]

    async def test_has_one_district_also_when_several_are_made_at_once(self, register: Register) -> None:
        attempts = [register.run(create_nodes, node(f"d{n}", Level.DISTRICT)) for n in range(WRITERS)]
        outcomes = [reason for each in await asyncio.gather(*attempts) for reason in reasons(each)]
        assert sorted(outcomes) == [*["DISTRICT_EXISTS"] * (WRITERS - 1), "WRITTEN"]
        assert len(await register.facts()) == 1

    async def test_has_one_district_by_the_database_itself(self, register: Register) -> None:
        await register.written(create_nodes, node("d", Level.DISTRICT))
        row = {"node_id": "x", "code": "x", "name": "x", "level": 1, "effective_from": MARCH, "revision": 1}
        with pytest.raises(IntegrityError):
            async with register.database.write() as connection:
                await connection.execute(insert(grid_nodes), [row])


class TestWorkUnits:
    async def test_have_codes_of_their_own(self, register: Register) -> None:
        outcomes = await register.run(create_work_units, unit("w1"), unit("w2"), unit("w1"))
        assert reasons(outcomes) == ["WRITTEN", "WRITTEN", "CODE_TAKEN"]
        assert reasons(await register.run(create_work_units, unit("w2"), unit("w3"))) == [
            "CODE_TAKEN",
            "WRITTEN",
        ]

    async def test_and_nodes_may_have_the_same_code(self, register: Register) -> None:
        await register.written(create_work_units, unit("d"))
        await register.written(create_nodes, node("d", Level.DISTRICT))


class TestMembers:
    async def test_are_registered_with_their_work_unit(self, register: Register) -> None:
        (unit_id,) = await register.written(create_work_units, unit("w1"))
        employed = {"member_type": MemberType.IN_SERVICE}
        outcomes = await register.run(
            create_members,
            member("m1", work_unit_id=unit_id, **employed),
            member("m2", **employed),
            member("m3", work_unit_id="nobody", **employed),
            member("m1"),
            member("m4"),
        )
        assert reasons(outcomes) == ["WRITTEN", "INVALID_FIELD", "WORK_UNIT_UNKNOWN", "CODE_TAKEN", "WRITTEN"]

    async def test_have_their_names_apart_and_in_no_fact(self, register: Register) -> None:
        (member_id,) = await register.members("m1", name="张三")
        async with register.database.read() as connection:
            assert await read_names(connection, [member_id]) == {member_id: "张三"}
        (fact,) = await register.facts()
        assert MemberFact.FromString(fact.body.value).member_id == member_id
        assert "张三".encode() not in fact.SerializeToString()
        assert "name" not in members.c

    async def test_race_for_a_code_and_one_wins(self, register: Register) -> None:
        batches = [[member(f"m{n}") for n in range(5)] for _ in range(WRITERS)]
        for batch in batches[1::2]:
            batch.reverse()
        outcomes = await asyncio.gather(*(register.run(create_members, *batch) for batch in batches))
        won = [outcome.id for each in outcomes for outcome in each if isinstance(outcome, Written)]
        assert len(won) == len(set(won)) == 5
        assert sorted(fact.record_id for fact in await register.facts()) == sorted(won)
        assert await register.count(members) == 5
        assert await register.count(personal_values) == 10
