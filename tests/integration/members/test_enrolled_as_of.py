"""Where a member belonged on any day is what painting the days one by one gives."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.chassis.ids import new_id
from services.chassis.work import UseCase, Written
from services.members.domain.affiliation import unit_at
from services.members.domain.correction import Correction
from services.members.domain.enrolment import Enrolment
from services.members.domain.grid import Level
from services.members.storage.enrolments import read_history, read_in_force
from services.members.storage.members import read_members
from services.members.storage.tables import grid_nodes, work_units
from services.members.usecases.change_work_unit_of_members import change_work_unit_of_members
from services.members.usecases.correct_enrolments import CorrectEnrolment
from services.members.usecases.create_nodes import create_nodes
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from services.members.usecases.transfer_enrolments import TransferEnrolment
from tests.integration.members.organisations import moving, units
from tests.integration.members.register import (
    MARCH,
    SHANGHAI,
    Register,
    correct_enrolments,
    end_enrolments,
    enrol,
    node,
    open_register,
    transfer_enrolments,
)

DAYS = 14
PLACES = 3
STATED_BY = "service:desk"
REASON = "as the paper says"
change_work_units = partial(change_work_unit_of_members, zone=SHANGHAI)
Step = tuple[str, int, int]
"""What is stated, of which day, with which place."""

steps = st.lists(
    st.tuples(
        st.sampled_from(["enrol", "transfer", "end", "begin", "boundary", "unit"]),
        st.integers(0, DAYS - 1),
        st.integers(0, PLACES - 1),
    ),
    max_size=10,
)
tries = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def day(number: int) -> datetime:
    return MARCH + timedelta(days=number)


class Calendar:
    """The days of one member, each with where the member belonged on it."""

    def __init__(self) -> None:
        self.days: list[str | None] = [None] * DAYS

    def paint(self, first: int, last: int, place: str | None) -> None:
        self.days[first:last] = [place] * max(last - first, 0)


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


class Life:
    """A member of the register beside two calendars, which are painted whenever the register accepts."""

    def __init__(self, register: Register, member_id: str) -> None:
        self.register, self.member_id = register, member_id
        self.homes, self.employers = Calendar(), Calendar()

    async def state(self, verb: str, at: int, place: str) -> None:
        """State something; the calendar follows if it was accepted."""
        if verb == "unit":
            changed = moving(self.member_id, place, occurred_at=day(at))
            if await self._accepts(change_work_units, changed):
                self.employers.paint(at, DAYS, place)
        elif verb == "enrol":
            command = Enrol(
                member_id=self.member_id, community_id=place, occurred_at=day(at), stated_by=STATED_BY
            )
            if await self._accepts(enrol, command):
                self.homes.paint(at, DAYS, place)
        elif verb == "transfer":
            transfer = TransferEnrolment(
                member_id=self.member_id,
                community_id=place,
                occurred_at=day(at),
                reason=REASON,
                stated_by=STATED_BY,
            )
            if await self._accepts(transfer_enrolments, transfer):
                self.homes.paint(at, DAYS, place)
        elif history := await self._history():
            await self._correct(verb, at, history)

    async def _correct(self, verb: str, at: int, history: Sequence[Enrolment]) -> None:
        last = history[-1]
        began = (last.enrolled_at - MARCH).days
        if verb == "end":
            ending = EndEnrolment(
                enrolment_id=last.id, occurred_at=day(at), reason=REASON, stated_by=STATED_BY
            )
            if await self._accepts(end_enrolments, ending):
                self.homes.paint(at, DAYS, None)
            return
        moves = verb == "boundary"
        ended = (last.ended_at - MARCH).days if last.ended_at else DAYS
        touched = history[-2] if len(history) > 1 and history[-2].ended_at == last.enrolled_at else None
        command = CorrectEnrolment(
            correction=Correction(
                enrolment_id=last.id, enrolled_at=day(at), ended_at=None, move_neighbour=moves
            ),
            reason=REASON,
            stated_by=STATED_BY,
        )
        if await self._accepts(correct_enrolments, command):
            self.homes.paint(began, at, touched.community_id if moves and touched else None)
            self.homes.paint(at, ended, last.community_id)

    async def _history(self) -> Sequence[Enrolment]:
        async with self.register.database.read() as connection:
            return await read_history(connection, [self.member_id])

    async def _accepts(self, usecase: UseCase[Any], command: object) -> bool:
        (outcome,) = await self.register.run(usecase, command)
        return isinstance(outcome, Written)


class TestAMember:
    @tries
    @given(stated=steps)
    async def test_belongs_where_the_days_say(self, register: Register, stated: list[Step]) -> None:
        communities, employers = await places_of(register)
        (member_id,) = await register.members(new_id())
        life = Life(register, member_id)
        for verb, at, place in stated:
            await life.state(verb, at, (employers if verb == "unit" else communities)[place])
        async with register.database.read() as connection:
            member = (await read_members(connection, [member_id]))[member_id]
            for number in range(DAYS):
                noon = day(number) + timedelta(hours=12)
                held = await read_in_force(connection, member_id=member_id, at=noon)
                assert (held.community_id if held else None) == life.homes.days[number]
                assert unit_at(member, noon) == life.employers.days[number]


async def places_of(register: Register) -> tuple[list[str], list[str]]:
    """Give the communities and the work units; made for the first example."""
    async with register.database.read() as connection:
        made = list((await connection.execute(select(grid_nodes.c.node_id, grid_nodes.c.level))).all())
        employers = list((await connection.execute(select(work_units.c.work_unit_id))).scalars())
    if not made:
        await register.community(code="c0")
        async with register.database.read() as connection:
            street = select(grid_nodes.c.node_id).where(grid_nodes.c.level == Level.STREET)
            street_id = (await connection.execute(street)).scalar_one()
        more = (node(f"c{n}", Level.COMMUNITY, street_id) for n in range(1, PLACES))
        await register.written(create_nodes, *more)
        await units(register, *(f"u{n}" for n in range(PLACES)))
        return await places_of(register)
    return sorted(node_id for node_id, level in made if level == Level.COMMUNITY), sorted(employers)
