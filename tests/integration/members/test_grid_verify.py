from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from sqlalchemy import Executable, delete, insert, update

from services.members.storage.grid_checks import checks_of_grid
from services.members.storage.grid_tables import enrolment_changes, past_placements
from services.members.storage.tables import grid_nodes
from services.members.usecases.move_nodes import move_nodes
from tests.integration.databases import findings
from tests.integration.members.neighbourhood import (
    Neighbourhood,
    merge,
    merge_nodes,
    move,
    neighbourhood,
)
from tests.integration.members.register import JUNE, MARCH, SHANGHAI, Register, open_register

DAY = timedelta(days=1)


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def grid(register: Register) -> Neighbourhood:
    """A grid with a bit of everything: a move, a merge, members who went along."""
    grid = await neighbourhood(register)
    await register.enrolled("m1", "m2", community_id=grid["c2"])
    await register.written(move_nodes, move(grid["a1"], grid["c3"]))
    await register.written(merge_nodes, merge(grid["c1"], grid["c2"]))
    return grid


async def found_after(grid: Neighbourhood, *changes: Executable) -> list[str]:
    async with grid.register.database.write() as connection:
        for change in changes:
            await connection.execute(change)
    return await findings(grid.register.database, *checks_of_grid(zone=SHANGHAI))


class TestVerify:
    async def test_finds_nothing_in_what_the_service_wrote(self, grid: Neighbourhood) -> None:
        assert await found_after(grid) == []

    async def test_finds_a_gap_in_a_past(self, grid: Neighbourhood) -> None:
        law = "what a node was before has no gap and no overlap"
        broken = [f"{law}: the past of node {grid['a1']} is broken"]
        for until in (JUNE - DAY, JUNE + DAY, JUNE):
            change = update(past_placements).values(effective_until=until)
            assert await found_after(grid, change) == ([] if until == JUNE else broken)
        assert await found_after(grid, delete(past_placements)) == broken

    async def test_finds_a_node_that_outlives_its_parent(self, grid: Neighbourhood) -> None:
        hung = update(grid_nodes).where(grid_nodes.c.node_id == grid["a2"]).values(parent_id=grid["c2"])
        law = "a node hangs below an open one, one level up"
        assert await found_after(grid, hung) == [f"{law}: node {grid['a2']} hangs wrong"]

    async def test_finds_a_node_that_skips_a_level(self, grid: Neighbourhood) -> None:
        hung = update(grid_nodes).where(grid_nodes.c.node_id == grid["a2"]).values(parent_id=grid["s1"])
        law = "a node hangs below an open one, one level up"
        assert await found_after(grid, hung) == [f"{law}: node {grid['a2']} hangs wrong"]

    async def test_finds_counts_that_are_wrong_missing_or_made_up(self, grid: Neighbourhood) -> None:
        march, june = MARCH.date(), JUNE.date()
        law = "counts per day equal the enrolments: community"
        changed = update(enrolment_changes).where(
            enrolment_changes.c.community_id == grid["c2"], enrolment_changes.c.day == march
        )
        assert await found_after(grid, changed.values(change=3)) == [
            f"{law} {grid['c2']} counts wrong on {march}"
        ]
        gone = delete(enrolment_changes).where(enrolment_changes.c.community_id == grid["c1"])
        made_up = insert(enrolment_changes).values(community_id=grid["a2"], day=june, change=1)
        assert await found_after(grid, changed.values(change=2), gone, made_up) == [
            f"{law} {node_id} counts wrong on {june}" for node_id in sorted([grid["c1"], grid["a2"]])
        ]
