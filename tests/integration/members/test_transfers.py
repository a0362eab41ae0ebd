import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

import pytest
from linli.members.v1.facts_pb2 import EnrolmentFact
from sqlalchemy import select

from services.chassis.faults import Fault
from services.chassis.work import Written
from services.members.domain.correction import Correction
from services.members.domain.enrolment import Enrolment
from services.members.domain.grid import Level
from services.members.storage.checks import checks_of_register
from services.members.storage.enrolments import read_history, read_in_force
from services.members.storage.grid_checks import checks_of_grid
from services.members.storage.tables import grid_nodes, reasons
from services.members.usecases.correct_enrolments import CorrectEnrolment, plan_correction
from services.members.usecases.create_nodes import create_nodes
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from services.members.usecases.transfer_enrolments import TransferEnrolment
from tests.integration import databases
from tests.integration.members.register import (
    DESK,
    JUNE,
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

AT_ONCE = 32
DAY = timedelta(days=1)
JULY = datetime(2025, 7, 1, tzinfo=SHANGHAI)
SEPTEMBER = datetime(2025, 9, 15, tzinfo=SHANGHAI)
OCTOBER = datetime(2025, 10, 1, tzinfo=SHANGHAI)


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register
        # Whatever a test did, facts, history and counts agree.
        checks = [*checks_of_register(), *checks_of_grid(zone=SHANGHAI)]
        assert await databases.findings(register.database, *checks) == []


@pytest.fixture
async def places(register: Register) -> list[str]:
    """Three communities."""
    first = await register.community(code="a")
    async with register.database.read() as connection:
        street = select(grid_nodes.c.parent_id).where(grid_nodes.c.node_id == first)
        street_id = (await connection.execute(street)).scalar_one()
    others = [node(code, Level.COMMUNITY, street_id) for code in "bc"]
    return [first, *await register.written(create_nodes, *others)]


def entering(member_id: str, community_id: str, *, at: datetime = MARCH) -> Enrol:
    return Enrol(member_id=member_id, community_id=community_id, occurred_at=at, stated_by=DESK)


def going(
    member_id: str, community_id: str, *, at: datetime | None = OCTOBER, reason: str = "Moved house."
) -> TransferEnrolment:
    return TransferEnrolment(
        member_id=member_id, community_id=community_id, occurred_at=at, reason=reason, stated_by=DESK
    )


def leaving(enrolment_id: str, *, at: datetime = OCTOBER, reason: str = "Moved away.") -> EndEnrolment:
    return EndEnrolment(enrolment_id=enrolment_id, occurred_at=at, reason=reason, stated_by=DESK)


def correcting(enrolment_id: str, *, move_neighbour: bool = False, **times: datetime) -> CorrectEnrolment:
    stated = {"enrolled_at": None, "ended_at": None, **times}
    correction = Correction(enrolment_id=enrolment_id, move_neighbour=move_neighbour, **stated)
    return CorrectEnrolment(correction=correction, reason="The paper says so.", stated_by=DESK)


async def history(register: Register, member_id: str) -> list[tuple[str, datetime, datetime | None]]:
    return [(each.community_id, each.enrolled_at, each.ended_at) for each in await held(register, member_id)]


async def held(register: Register, member_id: str) -> list[Enrolment]:
    async with register.database.read() as connection:
        return list(await read_history(connection, [member_id]))


async def at_once(*runs: object) -> list[str]:
    outcomes: list[list[Written | Fault]] = await asyncio.gather(*runs)  # type: ignore[call-overload]
    return sorted(reason for each in outcomes for reason in databases.reasons(each))


class TestATransfer:
    async def test_ends_one_and_begins_the_other_at_the_same_moment(
        self, register: Register, places: list[str]
    ) -> None:
        (member_id,) = await register.enrolled("m1", community_id=places[0])
        (outcome,) = await register.run(transfer_enrolments, going(member_id, places[1]))
        assert isinstance(outcome, Written)
        assert await history(register, member_id) == [
            (places[0], MARCH, OCTOBER),
            (places[1], OCTOBER, None),
        ]
        bodies = [EnrolmentFact.FromString(fact.body.value) for fact in (await register.facts())[-2:]]
        assert [body.community_id for body in bodies] == places[:2]
        assert (bodies[1].enrolment_id, len(outcome.facts)) == (outcome.id, 2)
        async with register.database.read() as connection:
            why = (await connection.execute(select(reasons.c.record_id, reasons.c.reason))).all()
        assert {tuple(each) for each in why} == {(body.enrolment_id, "Moved house.") for body in bodies}

    async def test_is_decided_each_of_a_batch(self, register: Register, places: list[str]) -> None:
        first, second = await register.enrolled("m1", "m2", community_id=places[0])
        (outsider,) = await register.members("m3")
        (area_id,) = await register.written(create_nodes, node("a1", Level.AREA, places[0]))
        outcomes = await register.run(
            transfer_enrolments,
            going(first, places[1], at=JUNE),
            going(first, places[1]),
            going(first, places[2]),
            going(second, places[0]),
            going(second, places[1], at=MARCH),
            going(second, places[1], reason=""),
            going(second, area_id),
            going(second, "nowhere"),
            going("nobody", places[1]),
            going(outsider, places[1]),
            going(second, places[1], at=None, reason=""),
        )
        assert databases.reasons(outcomes) == [
            "WRITTEN",
            "SAME_COMMUNITY",
            "WRITTEN",
            "SAME_COMMUNITY",
            "ENDS_BEFORE_START",
            "REASON_REQUIRED",
            "NOT_A_COMMUNITY",
            "NODE_UNKNOWN",
            "MEMBER_UNKNOWN",
            "NOT_ENROLLED",
            "WRITTEN",
        ]
        assert [place for place, *_ in await history(register, first)] == places

    async def test_leaves_members_as_late_as_they_were(self, register: Register, places: list[str]) -> None:
        early, late = await register.members("m1", "m2")
        await register.written(
            enrol, entering(early, places[0], at=JULY - DAY), entering(late, places[0], at=JULY)
        )
        await register.written(transfer_enrolments, going(early, places[1]), going(late, places[1]))
        assert [each.late for each in await held(register, early)] == [False, False]
        assert [each.late for each in await held(register, late)] == [True, True]

    async def test_many_times_at_once_to_one_place_lets_exactly_one_win(
        self, register: Register, places: list[str]
    ) -> None:
        (member_id,) = await register.enrolled("m1", community_id=places[0])
        command = going(member_id, places[1])
        outcomes = await at_once(*(register.run(transfer_enrolments, command) for _ in range(AT_ONCE)))
        assert outcomes == [*["SAME_COMMUNITY"] * (AT_ONCE - 1), "WRITTEN"]

    async def test_at_once_to_two_places_lets_one_win_as_both_are_of_the_same_moment(
        self, register: Register, places: list[str]
    ) -> None:
        (member_id,) = await register.enrolled("m1", community_id=places[0])
        runs = [register.run(transfer_enrolments, going(member_id, each)) for each in places[1:]]
        assert await at_once(*runs) == ["ENDS_BEFORE_START", "WRITTEN"]
        assert len(await history(register, member_id)) == 2

    async def test_and_an_end_at_once_let_exactly_one_win(
        self, register: Register, places: list[str]
    ) -> None:
        (member_id,) = await register.members("m1")
        (enrolment_id,) = await register.written(enrol, entering(member_id, places[0]))
        outcomes = await at_once(
            register.run(transfer_enrolments, going(member_id, places[1])),
            register.run(end_enrolments, leaving(enrolment_id)),
        )
        assert outcomes in (["ENROLMENT_ENDED", "WRITTEN"], ["NOT_ENROLLED", "WRITTEN"])


class TestACorrection:
    async def test_sets_the_day_of_a_transfer_that_came_in_late(
        self, register: Register, places: list[str]
    ) -> None:
        (member_id,) = await register.enrolled("m1", community_id=places[0])
        (after,) = await register.written(transfer_enrolments, going(member_id, places[1]))
        await register.written(
            correct_enrolments, correcting(after, enrolled_at=SEPTEMBER, move_neighbour=True)
        )
        assert await history(register, member_id) == [
            (places[0], MARCH, SEPTEMBER),
            (places[1], SEPTEMBER, None),
        ]
        async with register.database.read() as connection:
            then = await read_in_force(connection, member_id=member_id, at=SEPTEMBER)
        assert then
        assert then.community_id == places[1]
        # And back again: now the first becomes longer.
        await register.written(
            correct_enrolments, correcting(after, enrolled_at=OCTOBER, move_neighbour=True)
        )
        assert (await history(register, member_id))[0] == (places[0], MARCH, OCTOBER)

    async def test_into_another_enrolment_is_refused(self, register: Register, places: list[str]) -> None:
        (member_id,) = await register.enrolled("m1", community_id=places[0])
        (after,) = await register.written(transfer_enrolments, going(member_id, places[1]))
        future = datetime.now(tz=SHANGHAI) + DAY
        outcomes = await register.run(
            correct_enrolments,
            correcting(after, enrolled_at=SEPTEMBER),
            correcting(after, enrolled_at=future),
            correcting("nothing", enrolled_at=SEPTEMBER),
        )
        assert databases.reasons(outcomes) == ["ENROLMENTS_OVERLAP", "INVALID_FIELD", "ENROLMENT_UNKNOWN"]

    async def test_decides_lateness_anew(self, register: Register, places: list[str]) -> None:
        (member_id,) = await register.members("m1")
        (enrolment_id,) = await register.written(enrol, entering(member_id, places[0], at=JULY))
        await register.written(correct_enrolments, correcting(enrolment_id, enrolled_at=JULY - DAY))
        (now,) = await held(register, member_id)
        assert not now.late

    async def test_is_planned_without_changing_anything(self, register: Register, places: list[str]) -> None:
        (member_id,) = await register.enrolled("m1", community_id=places[0])
        (after,) = await register.written(transfer_enrolments, going(member_id, places[1]))
        before = await held(register, member_id)
        wanted = correcting(after, enrolled_at=SEPTEMBER, move_neighbour=True).correction
        async with register.database.read() as connection:
            now = await register.database.now(connection)
            planned = await plan_correction(connection, wanted, now=now, zone=SHANGHAI)
        assert [(each.enrolled_at, each.ended_at) for each in planned] == [
            (MARCH, SEPTEMBER),
            (SEPTEMBER, None),
        ]
        assert await held(register, member_id) == before

    async def test_and_another_one_at_once_end_in_one_history(
        self, register: Register, places: list[str]
    ) -> None:
        (member_id,) = await register.enrolled("m1", community_id=places[0])
        (after,) = await register.written(transfer_enrolments, going(member_id, places[1]))
        (before, _) = await held(register, member_id)
        outcomes = await at_once(
            *(
                register.run(correct_enrolments, command)
                for day in range(1, AT_ONCE // 2)
                for command in (
                    correcting(after, enrolled_at=SEPTEMBER + day * DAY, move_neighbour=True),
                    correcting(before.id, ended_at=SEPTEMBER - day * DAY, move_neighbour=True),
                )
            )
        )
        assert set(outcomes) <= {"WRITTEN", "NOTHING_TO_CORRECT"}
        (_, _, end), (_, begin, _) = await history(register, member_id)
        assert end == begin
