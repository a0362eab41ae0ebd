import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, event, select, text

from services.members.domain.days import day_of, last_moment_of
from services.members.domain.enrolment import Enrolment
from services.members.storage.enrolment_counts import record_changes
from services.members.storage.enrolments import read_history
from services.members.storage.grid_counts import count_enrolled
from services.members.storage.grid_tables import enrolment_changes
from services.members.storage.migrations.enrolment_counts import count_enrolments
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from tests.integration import databases
from tests.integration.members.neighbourhood import Neighbourhood, neighbourhood
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
AT_ONCE = 16
LATE_IN_LONDON = MARCH.replace(hour=20)
"""Already the next day in the district."""


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def grid(register: Register) -> Neighbourhood:
    return await neighbourhood(register)


async def counts(register: Register) -> dict[tuple[str, date], int]:
    async with register.database.read() as connection:
        rows = await connection.execute(select(enrolment_changes))
        return {(row.community_id, row.day): row.change for row in rows if row.change}


async def enrolled(grid: Neighbourhood, code: str, day: date) -> int:
    at = last_moment_of(day, zone=SHANGHAI)
    async with grid.register.database.read() as connection:
        return await count_enrolled(connection, grid[code], at=at, day=day)


async def history(register: Register, member_id: str) -> Enrolment:
    async with register.database.read() as connection:
        (enrolment,) = await read_history(connection, [member_id])
        return enrolment


class TestCounting:
    async def test_goes_by_the_days_of_the_districts_calendar(self, grid: Neighbourhood) -> None:
        await grid.register.enrolled("m1", community_id=grid["c1"])
        await grid.register.enrolled("m2", community_id=grid["c1"], at=LATE_IN_LONDON)
        march = MARCH.date()
        assert await counts(grid.register) == {(grid["c1"], march): 1, (grid["c1"], march + DAY): 1}
        assert [await enrolled(grid, "c1", march + DAY * days) for days in (-1, 0, 1, 400)] == [0, 1, 2, 2]

    async def test_sums_what_is_below(self, grid: Neighbourhood) -> None:
        for number, code in enumerate(("c1", "c2", "c3")):
            await grid.register.enrolled(f"m{number}", community_id=grid[code])
        found = [await enrolled(grid, code, MARCH.date()) for code in ("d", "s1", "s2", "c1")]
        assert found == [3, 2, 1, 1]

    async def test_counts_nobody_who_left_on_the_same_day(self, grid: Neighbourhood) -> None:
        (member_id,) = await grid.register.enrolled("m1", community_id=grid["c1"])
        enrolment = await history(grid.register, member_id)
        left = EndEnrolment(
            enrolment_id=enrolment.id, occurred_at=MARCH.replace(hour=3), reason="Moved away.", stated_by=DESK
        )
        await grid.register.written(end_enrolments, left)
        assert await counts(grid.register) == {}

    async def test_keeps_the_difference_between_what_was_and_what_is(self, grid: Neighbourhood) -> None:
        (member_id,) = await grid.register.enrolled("m1", community_id=grid["c1"])
        before = await history(grid.register, member_id)
        for after, expected in (
            (replace(before, community_id=grid["c2"]), {(grid["c2"], MARCH.date()): 1}),
            (replace(before, enrolled_at=JUNE), {(grid["c1"], JUNE.date()): 1}),
            (replace(before, withdrawn=True), {}),
            (before, {(grid["c1"], MARCH.date()): 1}),
        ):
            async with databases.working(grid.register.database) as work:
                await record_changes(work, before=[before], after=[after], zone=SHANGHAI)
            assert await counts(grid.register) == expected
            async with databases.working(grid.register.database) as work:
                await record_changes(work, before=[after], after=[before], zone=SHANGHAI)

    async def test_of_many_at_once_loses_none(self, grid: Neighbourhood) -> None:
        member_ids = await grid.register.members(*(f"m{number}" for number in range(AT_ONCE * 2)))
        pairs = [
            [
                Enrol(member_id=each, community_id=grid[code], occurred_at=MARCH, stated_by=DESK)
                for each, code in zip(two, codes, strict=True)
            ]
            for two, codes in zip(
                zip(member_ids[::2], member_ids[1::2], strict=True),
                [("c1", "c3"), ("c3", "c1")] * (AT_ONCE // 2),
                strict=True,
            )
        ]
        await asyncio.gather(*(grid.register.written(enrol, *pair) for pair in pairs))
        day = day_of(MARCH, zone=SHANGHAI)
        assert await counts(grid.register) == {(grid["c1"], day): AT_ONCE, (grid["c3"], day): AT_ONCE}

    async def test_is_one_statement(self, grid: Neighbourhood) -> None:
        statements: list[str] = []
        member_ids = await grid.register.members(*(f"m{number}" for number in range(AT_ONCE)))

        def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
            statements.append(statement)

        async with databases.working(grid.register.database) as work:
            event.listen(work.connection.sync_connection, "before_cursor_execute", note)
            commands = [
                Enrol(member_id=each, community_id=grid[code], occurred_at=MARCH, stated_by=DESK)
                for each, code in zip(member_ids, ["c1", "c2", "c3", "c1"] * (AT_ONCE // 4), strict=True)
            ]
            await enrol(work, commands)
        assert sum("enrolment_changes" in each for each in statements) == 1


class TestTheMigration:
    async def test_counts_what_code_without_counts_wrote(self, grid: Neighbourhood) -> None:
        (first, _) = await grid.register.enrolled("m1", "m2", community_id=grid["c1"], at=LATE_IN_LONDON)
        enrolment = await history(grid.register, first)
        left = EndEnrolment(enrolment_id=enrolment.id, occurred_at=JUNE, reason="Moved away.", stated_by=DESK)
        await grid.register.written(end_enrolments, left)
        expected = await counts(grid.register)
        assert len(expected) == 2
        for _ in range(2):
            async with grid.register.database.write() as connection:
                await connection.execute(delete(enrolment_changes).where(enrolment_changes.c.change > 1))
                await connection.run_sync(count_enrolments)
            assert await counts(grid.register) == expected

    async def test_has_nothing_to_count_without_an_installation(self, register: Register) -> None:
        async with register.database.write() as connection:
            await connection.execute(text("DELETE FROM installation"))
            await connection.run_sync(count_enrolments)
        assert await counts(register) == {}
