import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from services.chassis.faults import Fault
from services.chassis.work import Written
from services.members.domain.grid import Level
from services.members.storage.tables import grid_nodes
from services.members.usecases.import_nodes import ImportNode, import_nodes
from tests.integration import databases
from tests.integration.members.neighbourhood import JULY, Neighbourhood, neighbourhood
from tests.integration.members.register import JUNE, MARCH, Register, open_register

WRITTEN = databases.WRITTEN


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


def row(code: str, level: Level, parent_code: str = "", **others: Any) -> ImportNode:
    stated = {"name": code, "occurred_at": MARCH, "updates": False, **others}
    return ImportNode(code=code, level=level, parent_code=parent_code, **stated)


FILE = [
    row("d", Level.DISTRICT),
    row("s1", Level.STREET, "d"),
    row("s2", Level.STREET, "d"),
    row("c1", Level.COMMUNITY, "s1"),
    row("a1", Level.AREA, "c1"),
]


class TestImporting:
    async def test_makes_a_whole_grid_of_one_file(self, register: Register) -> None:
        ids = dict(
            zip((each.code for each in FILE), await register.written(import_nodes, *FILE), strict=True)
        )
        grid = Neighbourhood(register=register, ids=ids)
        assert await grid.tree("d", MARCH) == {"d": "", "s1": "d", "s2": "d", "c1": "s1", "a1": "c1"}
        assert len(await register.facts()) == len(FILE)

    async def test_of_the_same_file_changes_nothing(self, register: Register) -> None:
        ids = await register.written(import_nodes, *FILE)
        again = await register.run(import_nodes, *FILE)
        assert again == [Written(id=each) for each in ids]
        assert len(await register.facts()) == len(FILE)

    async def test_refuses_a_row_that_differs_and_names_the_fields(self, register: Register) -> None:
        await register.written(import_nodes, *FILE)
        outcomes = await register.run(
            import_nodes,
            row("c1", Level.COMMUNITY, "s2", name="other"),
            row("s1", Level.STREET, "d", name="other"),
            row("a1", Level.BUILDING_GROUP, "c1", updates=True),
        )
        assert databases.reasons(outcomes) == ["NODE_DIFFERS"] * 3
        named = [each.metadata["fields"] for each in outcomes if isinstance(each, Fault)]
        assert named == ["name,parent_code", "name", "level"]

    async def test_renames_and_moves_if_the_row_says_so(self, register: Register) -> None:
        await register.written(import_nodes, *FILE)
        await register.written(
            import_nodes,
            row("c1", Level.COMMUNITY, "s2", name="和谐", updates=True, occurred_at=JUNE),
            row("a1", Level.AREA, "c1", name="一片", updates=True, occurred_at=JULY),
            row("s3", Level.STREET, "d", occurred_at=JUNE),
            row("c1", Level.COMMUNITY, "s3", name="和谐", updates=True, occurred_at=JULY),
        )
        ids = await _ids(register)
        grid = Neighbourhood(register=register, ids=ids)
        assert [each.name for each in await grid.above("a1", JULY)] == ["d", "s3", "和谐", "一片"]
        assert [each.name for each in await grid.above("a1", JUNE)] == ["d", "s2", "和谐", "a1"]
        assert [each.name for each in await grid.above("a1", MARCH)] == ["d", "s1", "c1", "a1"]
        assert (await grid.node("c1")).revision == 3

    async def test_blames_the_fields_of_the_row(self, register: Register) -> None:
        await register.written(import_nodes, *FILE)
        outcomes = await register.run(
            import_nodes,
            row("x", Level.COMMUNITY, "nothing"),
            row("x", Level.COMMUNITY, "d"),
            row("x", Level.COMMUNITY),
            row("c1", Level.COMMUNITY, "a1", updates=True, occurred_at=JUNE),
            row("c1", Level.COMMUNITY, updates=True, occurred_at=JUNE),
            row("d2", Level.DISTRICT),
            row("c1", Level.COMMUNITY, "s2", updates=True),
            row("x", Level.COMMUNITY, "s1", occurred_at=MARCH.replace(year=2999)),
            row("below", Level.AREA, "x"),
        )
        said = [(each.reason, each.field) for each in outcomes if isinstance(each, Fault)]
        assert said == [
            ("NODE_UNKNOWN", "parent_code"),
            ("LEVEL_MISMATCH", "parent_code"),
            ("INVALID_FIELD", "parent_code"),
            ("MOVED_UNDER_ITSELF", "parent_code"),
            ("INVALID_FIELD", "parent_code"),
            ("DISTRICT_EXISTS", None),
            ("NOT_AFTER_LAST_CHANGE", "occurred_at"),
            ("INVALID_FIELD", "occurred_at"),
            ("NODE_UNKNOWN", "parent_code"),
        ]
        assert await register.count(grid_nodes) == len(FILE)

    async def test_of_one_file_twice_at_once_makes_each_node_once(self, register: Register) -> None:
        first, second = await asyncio.gather(
            register.run(import_nodes, *FILE), register.run(import_nodes, *FILE)
        )
        assert databases.reasons([*first, *second]) == [WRITTEN] * (2 * len(FILE))
        assert await register.count(grid_nodes) == len(FILE)
        assert len(await register.facts()) == len(FILE)

    async def test_finds_what_was_made_one_by_one(self, register: Register) -> None:
        grid = await neighbourhood(register)
        assert await register.run(import_nodes, row("c2", Level.COMMUNITY, "s1")) == [Written(id=grid["c2"])]


async def _ids(register: Register) -> dict[str, str]:
    async with register.database.read() as connection:
        rows = await connection.execute(grid_nodes.select())
        return {each.code: each.node_id for each in rows}
