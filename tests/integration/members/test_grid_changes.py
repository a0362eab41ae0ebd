import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from services.chassis.faults import Fault
from services.chassis.work import UseCase
from services.members.domain.grid import Level
from services.members.storage.organisation_tables import pairings
from services.members.storage.tables import enrolments, grid_nodes, reasons
from services.members.usecases.close_nodes import close_nodes
from services.members.usecases.create_nodes import create_nodes
from services.members.usecases.create_work_units import CreateWorkUnit, create_work_units
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from services.members.usecases.move_nodes import move_nodes
from services.members.usecases.rename_nodes import rename_nodes
from tests.integration import databases
from tests.integration.members.neighbourhood import (
    JULY,
    Neighbourhood,
    close,
    move,
    neighbourhood,
    rename,
)
from tests.integration.members.register import (
    DESK,
    JUNE,
    MARCH,
    Register,
    end_enrolments,
    enrol,
    node,
    open_register,
)

DAY = timedelta(days=1)
AT_ONCE = 8
WRITTEN = databases.WRITTEN


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def grid(register: Register) -> Neighbourhood:
    return await neighbourhood(register)


class TestMoving:
    async def test_takes_along_what_is_below_and_keeps_what_was(self, grid: Neighbourhood) -> None:
        await grid.register.written(move_nodes, move(grid["c1"], grid["s2"]))
        below = {"c1": "s2", "a1": "c1", "a2": "c1", "b1": "a1"}
        assert await grid.tree("s2", JUNE) == {"s2": "d", "c3": "s2", **below}
        assert await grid.tree("s1", JUNE) == {"s1": "d", "c2": "s1"}
        assert await grid.tree("s1", JUNE - DAY) == {"s1": "d", "c2": "s1", **below, "c1": "s1"}
        assert await grid.tree("s1") == await grid.tree("s1", JUNE)
        for at, codes in ((JUNE - DAY, ["d", "s1", "c1", "a1"]), (JUNE, ["d", "s2", "c1", "a1"])):
            assert [each.code for each in await grid.above("a1", at)] == codes

    async def test_states_the_next_revision_with_where_it_hung(self, grid: Neighbourhood) -> None:
        await grid.register.written(move_nodes, move(grid["c1"], grid["s2"]))
        await grid.register.written(move_nodes, move(grid["c1"], grid["s1"], occurred_at=JULY))
        last = (await grid.facts_of("c1"))[-1]
        assert last.parent_id == grid["s1"]
        spans = [(each.parent_id, each.effective_until.seconds) for each in last.earlier_parents]
        assert spans == [(grid["s1"], JUNE.timestamp()), (grid["s2"], JULY.timestamp())]
        facts = [fact for fact in await grid.register.facts() if fact.record_id == grid["c1"]]
        assert [fact.revision for fact in facts] == [1, 2, 3]
        assert {fact.effective_at.seconds for fact in facts} == {MARCH.timestamp()}
        assert facts[-1].causes[0].record_id == grid["s1"]

    async def test_decides_each_of_a_batch(self, grid: Neighbourhood) -> None:
        await grid.register.written(close_nodes, close(grid["c2"]))
        outcomes = await grid.register.run(
            move_nodes,
            move(grid["s1"], grid["a1"]),
            move(grid["s1"], grid["s1"]),
            move(grid["d"], grid["s1"]),
            move(grid["a1"], grid["s1"]),
            move("nothing", grid["s1"]),
            move(grid["c1"], "nothing"),
            move(grid["c1"], grid["s1"]),
            move(grid["c1"], grid["s2"], occurred_at=MARCH),
            move(grid["c1"], grid["s2"]),
            move(grid["c1"], grid["s1"]),
            move(grid["c2"], grid["s2"]),
            move(grid["a1"], grid["c2"]),
            move(grid["c3"], grid["s1"]),
        )
        assert databases.reasons(outcomes) == [
            "MOVED_UNDER_ITSELF",
            "MOVED_UNDER_ITSELF",
            "MOVED_UNDER_ITSELF",
            "LEVEL_MISMATCH",
            "NODE_UNKNOWN",
            "NODE_UNKNOWN",
            "NOTHING_CHANGES",
            "NOT_AFTER_LAST_CHANGE",
            WRITTEN,
            "NOT_AFTER_LAST_CHANGE",
            "NODE_CLOSED",
            "NODE_CLOSED",
            WRITTEN,
        ]
        fields = [each.field for each in outcomes if isinstance(each, Fault)]
        assert fields[:6] == ["parent_id"] * 4 + ["node_id", "parent_id"]

    async def test_below_what_did_not_exist_then_is_refused(self, grid: Neighbourhood) -> None:
        (new_id,) = await grid.register.written(
            create_nodes, node("s3", Level.STREET, grid["d"], occurred_at=JULY)
        )
        outcomes = await grid.register.run(move_nodes, move(grid["c1"], new_id))
        assert databases.reasons(outcomes) == ["NODE_NOT_YET"]

    async def test_of_one_node_at_once_lets_one_win(self, grid: Neighbourhood) -> None:
        commands = [move(grid["c1"], grid["s2"]), rename(grid["c1"], "other")] * (AT_ONCE // 2)
        usecases: list[UseCase[Any]] = [move_nodes, rename_nodes] * (AT_ONCE // 2)
        outcomes = await asyncio.gather(
            *(
                grid.register.run(usecase, command)
                for usecase, command in zip(usecases, commands, strict=True)
            )
        )
        won = sorted(reason for each in outcomes for reason in databases.reasons(each))
        assert won == ["NOT_AFTER_LAST_CHANGE"] * (AT_ONCE - 1) + [WRITTEN]
        assert (await grid.node("c1")).revision == 2


class TestRenaming:
    async def test_keeps_the_old_name_for_the_time_before(self, grid: Neighbourhood) -> None:
        await grid.register.written(rename_nodes, rename(grid["c1"], "和谐社区"))
        assert [each.name for each in await grid.above("c1", JUNE)] == ["d", "s1", "和谐社区"]
        assert [each.name for each in await grid.above("c1", JUNE - DAY)] == ["d", "s1", "c1"]

    async def test_is_a_revision_without_another_parent(self, grid: Neighbourhood) -> None:
        await grid.register.written(rename_nodes, rename(grid["c1"], "new"))
        first, second = await grid.facts_of("c1")
        assert first == second

    async def test_is_refused_where_nothing_changes(self, grid: Neighbourhood) -> None:
        outcomes = await grid.register.run(
            rename_nodes, rename(grid["c1"], "c1"), rename(grid["c1"], "x"), rename(grid["c1"], "y")
        )
        assert databases.reasons(outcomes) == ["NOTHING_CHANGES", WRITTEN, "NOT_AFTER_LAST_CHANGE"]

    async def test_keeps_the_reason(self, grid: Neighbourhood) -> None:
        await grid.register.written(rename_nodes, rename(grid["c1"], "x", reason="a slip of the pen"))
        await grid.register.written(rename_nodes, rename(grid["c2"], "y"))
        async with grid.register.database.read() as connection:
            (row,) = (await connection.execute(select(reasons))).all()
        assert (row.record_id, row.revision, row.reason) == (grid["c1"], 2, "a slip of the pen")
        assert row.stated_by == DESK


class TestClosing:
    async def test_ends_a_node_and_what_is_below_first(self, grid: Neighbourhood) -> None:
        outcomes = await grid.register.run(
            close_nodes,
            close(grid["a1"]),
            close(grid["b1"]),
            close(grid["a1"], occurred_at=JUNE - DAY),
            close(grid["a1"]),
            close(grid["a1"], occurred_at=JULY),
            close(grid["d"]),
            close("nothing"),
        )
        assert databases.reasons(outcomes) == [
            "NODE_IN_USE",
            WRITTEN,
            "NODE_IN_USE",
            WRITTEN,
            "NODE_CLOSED",
            "INVALID_FIELD",
            "NODE_UNKNOWN",
        ]
        assert await grid.tree("c1", JUNE) == {"c1": "s1", "a2": "c1"}
        assert await grid.tree("c1", JUNE - DAY) == {"c1": "s1", "a1": "c1", "a2": "c1", "b1": "a1"}
        assert await grid.tree("c1") == await grid.tree("c1", JUNE)
        assert (await grid.facts_of("a1"))[-1].closed_at.seconds == JUNE.timestamp()

    async def test_says_what_is_left_in_it(self, grid: Neighbourhood) -> None:
        member_ids = await grid.register.enrolled("m1", "m2", community_id=grid["c1"])
        (unit_id,) = await grid.register.written(
            create_work_units, CreateWorkUnit(code="w1", name="w1", occurred_at=MARCH)
        )
        row = {"pairing_id": "p1", "work_unit_id": unit_id, "community_id": grid["c1"]}
        async with grid.register.database.write() as connection:
            await connection.execute(
                insert(pairings).values(**row, kind="ASSISTANCE", began_at=MARCH, revision=1)
            )
        (refused,) = await grid.register.run(close_nodes, close(grid["c1"]))
        assert isinstance(refused, Fault)
        left = {kind: refused.metadata[kind] for kind in ("children", "enrolments", "pairings")}
        assert left == {"children": "2", "enrolments": "2", "pairings": "1"}
        assert member_ids

    async def test_before_the_last_enrolment_ended_is_refused(self, grid: Neighbourhood) -> None:
        (member_id,) = await grid.register.enrolled("m1", community_id=grid["c2"])
        async with grid.register.database.read() as connection:
            enrolment_id = (
                await connection.execute(
                    select(enrolments.c.enrolment_id).where(enrolments.c.member_id == member_id)
                )
            ).scalar_one()
        await grid.register.written(
            end_enrolments,
            EndEnrolment(enrolment_id=enrolment_id, occurred_at=JUNE, reason="Moved away.", stated_by=DESK),
        )
        outcomes = await grid.register.run(
            close_nodes, close(grid["c2"], occurred_at=JUNE - DAY), close(grid["c2"])
        )
        assert databases.reasons(outcomes) == ["NODE_IN_USE", WRITTEN]

    async def test_lets_nothing_in_afterwards(self, grid: Neighbourhood) -> None:
        await grid.register.written(close_nodes, close(grid["c2"]))
        (member_id,) = await grid.register.members("m1")
        for at in (MARCH, JUNE):
            outcomes = [
                *await grid.register.run(
                    enrol, Enrol(member_id=member_id, community_id=grid["c2"], occurred_at=at, stated_by=DESK)
                ),
                *await grid.register.run(create_nodes, node("x", Level.AREA, grid["c2"], occurred_at=at)),
            ]
            assert databases.reasons(outcomes) == ["NODE_CLOSED"] * 2

    async def test_against_enrolling_at_once_never_leaves_a_member_in_a_closed_community(
        self, grid: Neighbourhood
    ) -> None:
        member_ids = await grid.register.members(*(f"m{number}" for number in range(AT_ONCE)))
        outcomes = await asyncio.gather(
            *(
                grid.register.run(
                    enrol, Enrol(member_id=each, community_id=grid["c2"], occurred_at=JUNE, stated_by=DESK)
                )
                for each in member_ids[: AT_ONCE // 2]
            ),
            grid.register.run(close_nodes, close(grid["c2"], occurred_at=JULY)),
            *(
                grid.register.run(
                    enrol, Enrol(member_id=each, community_id=grid["c2"], occurred_at=JUNE, stated_by=DESK)
                )
                for each in member_ids[AT_ONCE // 2 :]
            ),
        )
        said = [reason for each in outcomes for reason in databases.reasons(each)]
        enrolled = await grid.register.count(enrolments)
        closed = (await grid.node("c2")).closed_at is not None
        assert (closed, enrolled) == ((True, 0) if said[AT_ONCE // 2] == WRITTEN else (False, AT_ONCE))

    async def test_against_adding_below_it_at_once_never_leaves_an_orphan(self, grid: Neighbourhood) -> None:
        outcomes = await asyncio.gather(
            *(
                grid.register.run(create_nodes, node(f"x{number}", Level.AREA, grid["c2"]))
                for number in range(AT_ONCE)
            ),
            grid.register.run(close_nodes, close(grid["c2"])),
        )
        said = [reason for each in outcomes for reason in databases.reasons(each)]
        async with grid.register.database.read() as connection:
            below = select(grid_nodes.c.node_id).where(grid_nodes.c.parent_id == grid["c2"])
            children = len((await connection.execute(below)).all())
        assert children == (0 if said[-1] == WRITTEN else AT_ONCE)
