import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from services.chassis.faults import Fault
from services.members.domain.grid import Level
from services.members.domain.grid_history import SuccessionKind
from services.members.storage.grid_histories import read_histories
from services.members.storage.grid_tables import grid_successions as table_of_successions
from services.members.usecases.move_nodes import move_nodes
from services.members.usecases.split_nodes import split_nodes
from tests.integration import databases
from tests.integration.members.neighbourhood import (
    JULY,
    Neighbourhood,
    move,
    neighbourhood,
    split,
)
from tests.integration.members.register import (
    JUNE,
    MARCH,
    Register,
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


class TestSplitting:
    async def test_makes_parts_beside_the_node_and_moves_the_named_children(
        self, grid: Neighbourhood
    ) -> None:
        await grid.register.written(split_nodes, split(grid["c1"], ("c1b", (grid["a1"],)), ("c1c", ())))
        first, second = await successors(grid, "c1")
        assert await grid.tree("s1", JUNE) == {
            "s1": "d",
            "c2": "s1",
            "c1": "s1",
            first: "s1",
            second: "s1",
            "a2": "c1",
            "a1": first,
            "b1": "a1",
        }
        before = {"s1": "d", "c2": "s1", "c1": "s1", "a1": "c1", "a2": "c1", "b1": "a1"}
        assert await grid.tree("s1", JUNE - DAY) == before
        assert list((await grid.facts_of("c1"))[-1].successor_ids) == [first, second]
        async with grid.register.database.read() as connection:
            part = (await read_histories(connection, [first]))[first]
        assert (part.node.level, part.node.effective_from) == (Level.COMMUNITY, JUNE)
        assert [each.kind for each in part.successions] == [SuccessionKind.SPLIT]

    async def test_answers_with_the_position_of_its_last_fact(self, grid: Neighbourhood) -> None:
        (written,) = await grid.register.run(split_nodes, split(grid["c1"], ("c1b", (grid["a1"],))))
        assert not isinstance(written, Fault)
        stated = [fact.fact_id for fact in await grid.register.facts()]
        assert stated[-3:] == list(written.facts)

    async def test_is_refused_as_a_whole(self, grid: Neighbourhood) -> None:
        facts = len(await grid.register.facts())
        outcomes = await grid.register.run(
            split_nodes,
            split(grid["c1"], ("x", (grid["a1"],)), ("y", (grid["a1"],))),
            split(grid["c1"], ("x", (grid["b1"],))),
            split(grid["c1"], ("x", (grid["c2"],))),
            split(grid["c1"], ("x", ("nothing",))),
            split(grid["c1"], ("x", ()), ("x", ())),
            split(grid["c1"], ("x", ()), ("c2", ())),
            split(grid["d"], ("x", ())),
            split("nothing", ("x", ())),
            split(grid["c1"], ("x", ()), occurred_at=MARCH),
        )
        assert databases.reasons(outcomes) == [
            "NOT_A_CHILD",
            "NOT_A_CHILD",
            "NOT_A_CHILD",
            "NODE_UNKNOWN",
            "CODE_TAKEN",
            "CODE_TAKEN",
            "INVALID_FIELD",
            "NODE_UNKNOWN",
            "NOT_AFTER_LAST_CHANGE",
        ]
        assert len(await grid.register.facts()) == facts
        assert await grid.register.count(table_of_successions) == 0

    async def test_is_dated_after_the_children_it_moves(self, grid: Neighbourhood) -> None:
        await grid.register.written(move_nodes, move(grid["a1"], grid["c2"], occurred_at=JUNE))
        await grid.register.written(move_nodes, move(grid["a1"], grid["c1"], occurred_at=JULY))
        outcomes = await grid.register.run(
            split_nodes,
            split(grid["c1"], ("x", (grid["a1"],)), occurred_at=JUNE + DAY),
            split(grid["c1"], ("x", (grid["a1"],)), occurred_at=JULY + DAY),
        )
        assert databases.reasons(outcomes) == ["NOT_AFTER_LAST_CHANGE", WRITTEN]

    async def test_at_once_gives_a_code_to_one(self, grid: Neighbourhood) -> None:
        outcomes = await asyncio.gather(
            grid.register.run(split_nodes, split(grid["c1"], ("x", ()))),
            grid.register.run(split_nodes, split(grid["c3"], ("x", ()))),
        )
        said = [reason for each in outcomes for reason in databases.reasons(each)]
        assert sorted(said) == ["CODE_TAKEN", WRITTEN]
