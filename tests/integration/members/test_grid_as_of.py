"""The grid at any time equals a naive replay of all that was stated, whatever and in whatever order."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text

from services.members.domain.days import day_of, last_moment_of
from services.members.domain.grid import Level
from services.members.storage.checks import checks_of_register
from services.members.storage.grid_checks import checks_of_grid
from services.members.storage.grid_counts import count_enrolled
from services.members.storage.grid_histories import read_histories
from services.members.storage.grid_tables import enrolment_changes, grid_successions, past_placements
from services.members.storage.grid_trees import list_ancestors, subtree
from services.members.storage.tables import enrolments, grid_nodes
from tests.integration.databases import findings
from tests.integration.members.register import MARCH, SHANGHAI, Register, open_register
from tests.integration.members.replayed_grid import replay
from tests.integration.members.stated_grid import KINDS, Stating

HALF_DAY = timedelta(hours=12)
EXAMPLES = 8
MEMBERS = 3
TABLES = (enrolment_changes, enrolments, grid_successions, past_placements)

_numbers = st.integers(min_value=0, max_value=99)
steps = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(min_value=0, max_value=20), _numbers, _numbers),
    min_size=5,
    max_size=30,
)


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
async def test_the_grid_at_any_time_is_what_was_stated_until_then(
    register: Register, steps: list[tuple[str, int, int, int]]
) -> None:
    await _empty(register)
    stating = Stating(register=register, member_ids=await _members(register))
    await stating.begin()
    for kind, halves, one, two in steps:
        await stating.state(kind, at=MARCH + (halves + 1) * HALF_DAY, one=one, two=two)

    moments = {each.at for each in stating.accepted}
    between = {each + HALF_DAY / 2 for each in moments}
    for number, moment in enumerate(sorted(moments | between | {MARCH - HALF_DAY})):
        await _compare(stating, moment, turn=number)
    nodes_equal_facts, *_ = checks_of_register()
    assert await findings(register.database, nodes_equal_facts, *checks_of_grid(zone=SHANGHAI)) == []


async def _compare(stating: Stating, moment: datetime, *, turn: int) -> None:
    """Compare the whole grid at a moment, and one node after the other in turn."""
    then = replay(stating.accepted, moment)
    day = day_of(moment, zone=SHANGHAI)
    evening = last_moment_of(day, zone=SHANGHAI)
    at_evening = replay(stating.accepted, evening)
    district_id, *others = stating.levels
    node_id = others[turn % len(others)]
    async with stating.register.database.read() as connection:
        for top_id in (district_id, node_id):
            found = await connection.execute(select(subtree(top_id, at=moment)))
            below = {row.node_id: (row.name, row.parent_id or "") for row in found}
            assert below == (then.below(top_id) if top_id in then.names else {})
            counted = await count_enrolled(connection, top_id, at=evening, day=day)
            assert counted == (at_evening.enrolled(top_id) if top_id in at_evening.names else 0)
        above = await list_ancestors(connection, node_id, at=moment)
        assert [each.id for each in reversed(above)] == then.lineage(node_id)
        as_it_was = (await read_histories(connection, [node_id]))[node_id].at(moment)
        assert (as_it_was.name if as_it_was else None) == then.names.get(node_id)


async def _members(register: Register) -> list[str]:
    """Register members once for all examples."""
    async with register.database.read() as connection:
        found = list((await connection.execute(text("SELECT member_id FROM members"))).scalars())
    return found or await register.members(*(f"m{number}" for number in range(MEMBERS)))


async def _empty(register: Register) -> None:
    async with register.database.write() as connection:
        for table in TABLES:
            await connection.execute(delete(table))
        for level in reversed(Level):
            await connection.execute(delete(grid_nodes).where(grid_nodes.c.level == level))
