"""Who participates and who is missing, as computed in sets, is what counting one by one gives."""

from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.periods import Period, PeriodKind
from services.members.domain.grid import Level
from services.members.domain.missing import MissingKind
from services.members.domain.participation import Row, Turnout
from services.members.domain.policy import ParticipationKind, ParticipationRule
from services.members.storage.missing import list_missing
from services.members.storage.turnouts import Counting, list_by_place, list_by_work_unit, read_turnout
from tests.integration.members.recount import (
    COMMUNITIES,
    DAYS,
    NO_UNIT,
    STREETS,
    UNITS,
    District,
    Figures,
    Recount,
    day,
    districts,
)
from tests.integration.members.register import Register, open_register

EVERYTHING = Page(size=1000, after=None, filter_digest=b"")
WEEK = Period(id="2025-W03", kind=PeriodKind.WEEK, starts_at=day(3), ends_at=day(6))
RULES = st.builds(
    ParticipationRule,
    kinds=st.frozensets(st.sampled_from(list(ParticipationKind)), min_size=1),
    records_min=st.integers(1, 3),
)
tries = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class NothingKeptError(Exception):
    """Takes back what an example stored."""


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


def figures(found: Turnout) -> Figures:
    enrolling = found.enrolling
    return Figures(
        enrolled=found.enrolled,
        participating=found.participating,
        due=enrolling.due if enrolling else 0,
        due_enrolled=enrolling.enrolled if enrolling else 0,
    )


def grid_figures(found: Turnout, recount: Recount, node: str | None) -> tuple[Figures, Figures]:
    """Compare without who is due: nobody is, in a part of the grid."""
    wanted = recount.figures(node=node)
    assert found.enrolling is None
    return figures(found), Figures(enrolled=wanted.enrolled, participating=wanted.participating)


def added(rows: list[Row]) -> Figures:
    each = [figures(row.turnout) for row in rows]
    return Figures(
        enrolled=sum(one.enrolled for one in each),
        participating=sum(one.participating for one in each),
        due=sum(one.due for one in each),
        due_enrolled=sum(one.due_enrolled for one in each),
    )


async def in_pages(connection: AsyncConnection, counting: Counting) -> list[Row]:
    """Read the work units one by one."""
    rows: list[Row] = []
    page = Page(size=1, after=None, filter_digest=b"")
    for _ in range(len(UNITS) + 2):
        found = await list_by_work_unit(connection, page, counting)
        rows += found[:1]
        if len(found) < 2:
            return rows
        page = Page(size=1, after=(found[0].code,), filter_digest=b"")
    raise AssertionError("It never ends.")


class TestFigures:
    @tries
    @given(district=districts(), at=st.integers(0, DAYS), rule=RULES)
    async def test_are_those_of_a_recount(
        self, register: Register, district: District, at: int, rule: ParticipationRule
    ) -> None:
        counting = Counting(at=day(at), period=WEEK, rule=rule)
        recount = Recount(district=district, at=at, since=3, until=6, rule=rule)
        with suppress(NothingKeptError):
            async with register.database.write() as connection:
                await district.store(connection)
                await self._compare_one_by_one(connection, counting, recount)
                await self._compare_rows(connection, counting, recount)
                raise NothingKeptError

    @staticmethod
    async def _compare_one_by_one(connection: AsyncConnection, counting: Counting, recount: Recount) -> None:
        everybody = await read_turnout(connection, counting, node_id=None, work_unit_id=None)
        assert figures(everybody) == recount.figures()
        for node in (*STREETS, *COMMUNITIES):
            found = await read_turnout(connection, counting, node_id=node, work_unit_id=None)
            computed, wanted = grid_figures(found, recount, node)
            assert computed == wanted
        for unit in UNITS[:3]:
            found = await read_turnout(connection, counting, node_id=None, work_unit_id=unit)
            assert figures(found) == recount.figures(unit=unit)

    @staticmethod
    async def _compare_rows(connection: AsyncConnection, counting: Counting, recount: Recount) -> None:
        everybody = recount.figures()
        for level, places in ((Level.STREET, STREETS), (Level.COMMUNITY, COMMUNITIES)):
            rows = await list_by_place(connection, EVERYTHING, counting, level=level)
            assert [row.id for row in rows] == list(places)
            for row in rows:
                computed, wanted = grid_figures(row.turnout, recount, row.id)
                assert computed == wanted
            total = added(rows)
            assert (total.enrolled, total.participating) == (everybody.enrolled, everybody.participating)
        units = await list_by_work_unit(connection, EVERYTHING, counting)
        assert {row.id: figures(row.turnout) for row in units if row.id} == {
            unit: recount.figures(own_unit=unit)
            for unit in UNITS
            if unit != "u4" or not recount.district.merged
        }
        assert [figures(row.turnout) for row in units if not row.id] in (
            [recount.figures(own_unit=NO_UNIT)],
            [] if recount.figures(own_unit=NO_UNIT) == Figures() else ["missing"],
        )
        assert added(units) == everybody
        assert await in_pages(connection, counting) == units


class TestTheMissing:
    @tries
    @given(district=districts(), at=st.integers(0, DAYS), rule=RULES)
    async def test_are_those_of_a_recount(
        self, register: Register, district: District, at: int, rule: ParticipationRule
    ) -> None:
        counting = Counting(at=day(at), period=WEEK, rule=rule)
        recount = Recount(district=district, at=at, since=3, until=6, rule=rule)
        with suppress(NothingKeptError):
            async with register.database.write() as connection:
                await district.store(connection)
                await self._compare(connection, counting, recount)
                raise NothingKeptError

    @staticmethod
    async def _compare(connection: AsyncConnection, counting: Counting, recount: Recount) -> None:
        async def missing(
            kind: MissingKind, *, node: str | None = None, unit: str | None = None
        ) -> list[str]:
            found = await list_missing(
                connection, EVERYTHING, counting, kind=kind, node_id=node, work_unit_id=unit
            )
            return [each.code for each in found]

        for unit in (None, *UNITS[:3]):
            wanted = recount.missing_enrolment(unit=unit)
            assert await missing(MissingKind.NOT_ENROLLED, unit=unit) == wanted
        for node in (*STREETS, *COMMUNITIES):
            wanted = recount.missing_enrolment(node=node)
            assert await missing(MissingKind.NOT_ENROLLED, node=node) == wanted
        for part in (None, *STREETS, *COMMUNITIES):
            assert await missing(MissingKind.NOT_RENEWED, node=part) == recount.missing_renewal(node=part)
            wanted = recount.missing_participation(node=part)
            assert await missing(MissingKind.NOT_PARTICIPATING, node=part) == wanted
