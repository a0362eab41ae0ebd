from collections.abc import AsyncGenerator
from typing import Any

import pytest
from sqlalchemy import event

from services.chassis.pages import Page
from services.members.domain.grid import Level
from services.members.storage.grid_counts import count_enrolled, count_nodes
from services.members.storage.grid_trees import list_nodes
from services.members.usecases.create_nodes import create_nodes
from tests.integration.members.register import MARCH, Register, node, open_register

BATCH = 1_000
SIZES = {Level.STREET: 9, Level.COMMUNITY: 55, Level.AREA: 1_000, Level.BUILDING_GROUP: 8_935}
"""With the district 10,000 nodes."""


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


async def fill(register: Register) -> dict[str, tuple[str, str | None]]:
    """Make the grid; returns the (id, code of the parent) of each code."""
    (district_id,) = await register.written(create_nodes, node("d", Level.DISTRICT))
    made: dict[str, tuple[str, str | None]] = {"d": (district_id, None)}
    above = ["d"]
    for level, size in SIZES.items():
        codes = [f"{level.name[0]}-{n:05}" for n in range(size)]
        parents = [above[n % len(above)] for n in range(size)]
        for start in range(0, size, BATCH):
            batch = list(zip(codes, parents, strict=True))[start : start + BATCH]
            commands = [node(code, level, made[parent][0]) for code, parent in batch]
            ids = await register.written(create_nodes, *commands)
            made |= {code: (id_, parent) for id_, (code, parent) in zip(ids, batch, strict=True)}
        above = codes
    return made


class TestAGridOf10000Nodes:
    async def test_lists_any_subtree_in_the_order_of_codes_page_by_page(self, register: Register) -> None:
        made = await fill(register)
        assert len(made) == 10_000

        def is_below(code: str | None, top: str) -> bool:
            return code is not None and (code == top or is_below(made[code][1], top))

        for top, level in (
            ("d", None),
            ("S-00003", None),
            ("C-00007", Level.BUILDING_GROUP),
            ("A-00999", None),
        ):
            expected = sorted(
                code for code in made if is_below(code, top) and (level is None or code[0] == level.name[0])
            )
            assert await listed(register, made[top][0], level=level) == expected


async def listed(register: Register, ancestor_id: str, *, level: Level | None) -> list[str]:
    codes: list[str] = []
    page = Page(size=BATCH, after=None, filter_digest=b"")
    while True:
        async with register.database.read() as connection:
            found = await list_nodes(connection, page, ancestor_id=ancestor_id, level=level, at=MARCH)
        rows, token = page.cut(found, key=lambda node: (node.code,))
        codes += [row.code for row in rows]
        if not token:
            return codes
        page = Page(size=BATCH, after=(codes[-1],), filter_digest=b"")


class TestCountingIn10000Nodes:
    async def test_reads_no_enrolment(self, register: Register) -> None:
        made = await fill(register)
        district_id = made["d"][0]
        member_ids = await register.enrolled(
            *(f"m{number}" for number in range(200)), community_id=made["C-00007"][0]
        )
        plans: list[str] = []
        async with register.database.read() as connection:

            def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_others: Any) -> None:
                if not statement.startswith("EXPLAIN"):
                    statements.append((statement, parameters))

            statements: list[tuple[str, Any]] = []
            event.listen(connection.sync_connection, "before_cursor_execute", note)
            nodes = await count_nodes(connection, district_id, at=MARCH)
            enrolled = await count_enrolled(connection, district_id, at=MARCH, day=MARCH.date())
            explain = "EXPLAIN " if register.database.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
            for statement, parameters in statements:
                rows = await connection.exec_driver_sql(explain + statement, parameters)
                plans += [str(row) for row in rows.all()]
        assert nodes == {Level.DISTRICT: 1, **SIZES}
        assert enrolled == len(member_ids)
        assert any("enrolment_changes" in line for line in plans)
        assert not any(table in line for line in plans for table in (" enrolments", " members"))
