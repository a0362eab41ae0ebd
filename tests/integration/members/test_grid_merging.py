import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
from linli.members.v1.enrolment_pb2 import ENROLMENT_STATE_ACTIVE, ENROLMENT_STATE_ENDED
from linli.members.v1.facts_pb2 import EnrolmentFact, PairingFact, RoleFact
from sqlalchemy import insert, select

from services.chassis.faults import Fault
from services.members.domain import grid_successions
from services.members.domain.place import ScopeKind
from services.members.domain.role import RoleKind
from services.members.storage.checks import checks_of_register
from services.members.storage.enrolments import read_history
from services.members.storage.grid_checks import checks_of_grid
from services.members.storage.grid_histories import read_histories
from services.members.storage.organisation_tables import pairings, roles
from services.members.storage.tables import enrolments, grid_nodes
from services.members.usecases.create_work_units import CreateWorkUnit, create_work_units
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from tests.integration import databases
from tests.integration.members.neighbourhood import (
    JULY,
    Neighbourhood,
    merge,
    merge_nodes,
    neighbourhood,
)
from tests.integration.members.register import (
    DESK,
    JUNE,
    MARCH,
    SHANGHAI,
    Register,
    end_enrolments,
    enrol,
    open_register,
)

DAY = timedelta(days=1)
AT_ONCE = 6
WRITTEN = databases.WRITTEN


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def grid(register: Register) -> Neighbourhood:
    return await neighbourhood(register)


async def successors(grid: Neighbourhood, code: str) -> list[str]:
    async with grid.register.database.read() as connection:
        return (await read_histories(connection, [grid[code]]))[grid[code]].successor_ids


async def charges(grid: Neighbourhood, member_id: str, code: str, **others: Any) -> None:
    """Give a community a secretary and a partner."""
    (unit_id,) = await grid.register.written(
        create_work_units, CreateWorkUnit(code="w1", name="w1", occurred_at=MARCH)
    )
    role = {
        "role_id": "r1",
        "kind": RoleKind.COMMUNITY_SECRETARY,
        "member_id": member_id,
        "scope_kind": ScopeKind.GRID_NODE,
        "scope_id": grid[code],
        "valid_from": MARCH,
        "revision": 1,
        **others,
    }
    pairing = {
        "pairing_id": "p1",
        "work_unit_id": unit_id,
        "community_id": grid[code],
        "kind": "ASSISTANCE",
        "began_at": MARCH,
        "revision": 1,
    }
    async with grid.register.database.write() as connection:
        await connection.execute(insert(roles).values(role))
        await connection.execute(insert(pairings).values(pairing))


class TestMerging:
    async def test_closes_the_merged_and_hangs_their_children_below_the_survivor(
        self, grid: Neighbourhood
    ) -> None:
        await grid.register.written(merge_nodes, merge(grid["c3"], grid["c1"], grid["c2"]))
        below = {"a1": "c3", "a2": "c3", "b1": "a1"}
        assert await grid.tree("d", JUNE) == {"d": "", "s1": "d", "s2": "d", "c3": "s2", **below}
        assert (await grid.tree("d", JUNE - DAY))["a1"] == "c1"
        assert await successors(grid, "c1") == [grid["c3"]]
        (last,) = (await grid.facts_of("c2"))[1:]
        assert (list(last.successor_ids), last.closed_at.seconds) == ([grid["c3"]], JUNE.timestamp())
        assert len(await grid.facts_of("c3")) == 1

    async def test_lets_active_enrolments_go_on_in_the_survivor(self, grid: Neighbourhood) -> None:
        member_ids = await grid.register.enrolled("m1", "m2", community_id=grid["c1"])
        (written,) = await grid.register.run(merge_nodes, merge(grid["c2"], grid["c1"]))
        assert not isinstance(written, Fault)
        facts = [each for each in await grid.register.facts() if each.fact_id in written.facts]
        assert facts[-1].fact_id == written.facts[-1]
        stated = [each for each in facts if each.body.type_url.endswith("EnrolmentFact")]
        assert [each.subjects[0].id for each in stated] == [each for each in sorted(member_ids) for _ in "12"]
        old, new = (EnrolmentFact.FromString(each.body.value) for each in stated[:2])
        assert (old.community_id, old.state) == (grid["c1"], ENROLMENT_STATE_ENDED)
        assert (new.community_id, new.state) == (grid["c2"], ENROLMENT_STATE_ACTIVE)
        assert old.ended_at == new.enrolled_at
        assert [each.revision for each in stated[:2]] == [2, 1]

    async def test_ends_roles_and_pairings_there(self, grid: Neighbourhood) -> None:
        (member_id,) = await grid.register.enrolled("m1", community_id=grid["c2"])
        await charges(grid, member_id, "c1")
        await grid.register.written(merge_nodes, merge(grid["c2"], grid["c1"]))
        facts = {each.record_id: each for each in await grid.register.facts()}
        role, pairing = facts["r1"], facts["p1"]
        assert RoleFact.FromString(role.body.value).valid_until.seconds == JUNE.timestamp()
        assert PairingFact.FromString(pairing.body.value).ended_at.seconds == JUNE.timestamp()
        assert (role.revision, pairing.revision) == (2, 2)

    async def test_shortens_a_role_whose_end_lay_later(self, grid: Neighbourhood) -> None:
        (member_id,) = await grid.register.enrolled("m1", community_id=grid["c2"])
        await charges(grid, member_id, "c1", valid_until=JULY)
        await grid.register.written(merge_nodes, merge(grid["c2"], grid["c1"]))
        async with grid.register.database.read() as connection:
            assert (await connection.execute(select(roles.c.valid_until))).scalar_one() == JUNE

    async def test_is_refused_as_a_whole(self, grid: Neighbourhood) -> None:
        facts = len(await grid.register.facts())
        outcomes = await grid.register.run(
            merge_nodes,
            merge(grid["c1"], grid["c2"], grid["c1"]),
            merge(grid["c1"], grid["s2"]),
            merge(grid["c1"], "nothing"),
            merge("nothing", grid["c1"]),
            merge(grid["c1"], grid["c2"], occurred_at=MARCH),
        )
        assert databases.reasons(outcomes) == [
            "MERGED_WITH_ITSELF",
            "LEVEL_MISMATCH",
            "NODE_UNKNOWN",
            "NODE_UNKNOWN",
            "NOT_AFTER_LAST_CHANGE",
        ]
        assert len(await grid.register.facts()) == facts

    async def test_of_what_was_closed_is_refused(self, grid: Neighbourhood) -> None:
        await grid.register.written(merge_nodes, merge(grid["c1"], grid["c2"]))
        outcomes = await grid.register.run(
            merge_nodes,
            merge(grid["c3"], grid["c2"], occurred_at=JULY),
            merge(grid["c2"], grid["c3"], occurred_at=JULY),
        )
        assert databases.reasons(outcomes) == ["NODE_CLOSED"] * 2

    async def test_before_something_in_it_began_is_refused(self, grid: Neighbourhood) -> None:
        (member_id,) = await grid.register.members("m1")
        await grid.register.written(
            enrol, Enrol(member_id=member_id, community_id=grid["c1"], occurred_at=JUNE, stated_by=DESK)
        )
        outcomes = await grid.register.run(
            merge_nodes, merge(grid["c2"], grid["c1"]), merge(grid["c2"], grid["c1"], occurred_at=JUNE + DAY)
        )
        assert databases.reasons(outcomes) == ["NODE_USED_LATER", WRITTEN]
        assert isinstance(outcomes[0], Fault)
        assert outcomes[0].metadata == {"enrolments": "1"}

    async def test_of_more_than_a_transaction_should_write_is_refused(
        self, grid: Neighbourhood, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await grid.register.enrolled("m1", "m2", community_id=grid["c1"])
        # Two members, the community itself and its two areas.
        for most, said in ((4, "MERGE_TOO_LARGE"), (5, WRITTEN)):
            monkeypatch.setattr("services.members.usecases.merge_nodes.MERGED_RECORDS_MAX", most)
            outcomes = await grid.register.run(merge_nodes, merge(grid["c2"], grid["c1"]))
            assert databases.reasons(outcomes) == [said]
        assert grid_successions.MERGED_RECORDS_MAX == 10_000

    async def test_leaves_nobody_enrolled_in_what_was_closed(self, grid: Neighbourhood) -> None:
        await grid.register.enrolled("m1", "m2", "m3", community_id=grid["c1"])
        await grid.register.written(merge_nodes, merge(grid["c2"], grid["c1"]))
        open_ended = select(enrolments.c.community_id).where(enrolments.c.ended_at.is_(None))
        async with grid.register.database.read() as connection:
            assert set((await connection.execute(open_ended)).scalars()) == {grid["c2"]}
            closed = select(grid_nodes.c.node_id).where(grid_nodes.c.closed_at.is_not(None))
            assert set((await connection.execute(closed)).scalars()) == {grid["c1"]}

    async def test_against_enrolling_and_ending_at_once_leaves_nobody_behind(
        self, grid: Neighbourhood
    ) -> None:
        member_ids = await grid.register.enrolled(
            *(f"m{number}" for number in range(AT_ONCE)), community_id=grid["c1"]
        )
        others = await grid.register.members(*(f"n{number}" for number in range(AT_ONCE)))
        async with grid.register.database.read() as connection:
            held = [each.id for each in await read_history(connection, member_ids)]
        outcomes = await asyncio.gather(
            *(grid.register.run(enrol, _enrolling(each, grid["c1"])) for each in others[: AT_ONCE // 2]),
            grid.register.run(merge_nodes, merge(grid["c2"], grid["c1"], occurred_at=JULY)),
            *(
                grid.register.run(
                    end_enrolments,
                    EndEnrolment(enrolment_id=each, occurred_at=JUNE, reason="Moved away.", stated_by=DESK),
                )
                for each in held
            ),
            *(grid.register.run(enrol, _enrolling(each, grid["c1"])) for each in others[AT_ONCE // 2 :]),
        )
        said = {reason for each in outcomes for reason in databases.reasons(each)}
        assert said <= {WRITTEN, "NODE_CLOSED", "ENROLMENT_ENDED"}
        assert databases.reasons(outcomes[AT_ONCE // 2]) == [WRITTEN]
        active = select(enrolments.c.community_id).where(enrolments.c.ended_at.is_(None))
        async with grid.register.database.read() as connection:
            assert set((await connection.execute(active)).scalars()) <= {grid["c2"]}
        checks = [*checks_of_register(), *checks_of_grid(zone=SHANGHAI)]
        assert await databases.findings(grid.register.database, *checks) == []


def _enrolling(member_id: str, community_id: str) -> Enrol:
    return Enrol(member_id=member_id, community_id=community_id, occurred_at=JUNE, stated_by=DESK)
