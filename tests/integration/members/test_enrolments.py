import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from linli.members.v1.enrolment_pb2 import ENROLMENT_STATE_ACTIVE, ENROLMENT_STATE_ENDED
from linli.members.v1.facts_pb2 import EnrolmentFact
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from services.members.domain.grid import Level
from services.members.storage.enrolments import read_in_force
from services.members.storage.tables import enrolments
from services.members.usecases.create_nodes import create_nodes
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from tests.integration.databases import reasons
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

AT_ONCE = 64
DAY = timedelta(days=1)


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


class TestEnrolling:
    async def test_decides_each_of_a_batch(self, register: Register) -> None:
        community_id = await register.community()
        (area_id,) = await register.written(create_nodes, node("a1", Level.AREA, community_id))
        first, second = await register.members("m1", "m2")
        outcomes = await register.run(
            enrol,
            Enrol(member_id=first, community_id=community_id, occurred_at=MARCH, stated_by=DESK),
            Enrol(member_id=first, community_id=community_id, occurred_at=JUNE, stated_by=DESK),
            Enrol(member_id=second, community_id=area_id, occurred_at=MARCH, stated_by=DESK),
            Enrol(member_id=second, community_id="nowhere", occurred_at=MARCH, stated_by=DESK),
            Enrol(member_id="nobody", community_id=community_id, occurred_at=MARCH, stated_by=DESK),
            Enrol(member_id=second, community_id=community_id, occurred_at=None, stated_by=DESK),
        )
        assert reasons(outcomes) == [
            "WRITTEN",
            "ALREADY_ENROLLED",
            "NOT_A_COMMUNITY",
            "NODE_UNKNOWN",
            "MEMBER_UNKNOWN",
            "WRITTEN",
        ]

    async def test_one_member_64_times_at_once_lets_exactly_one_win(self, register: Register) -> None:
        community_id = await register.community()
        (member_id,) = await register.members("m1")
        command = Enrol(member_id=member_id, community_id=community_id, occurred_at=MARCH, stated_by=DESK)
        outcomes = await asyncio.gather(*(register.run(enrol, command) for _ in range(AT_ONCE)))
        won = sorted(reason for each in outcomes for reason in reasons(each))
        assert won == [*["ALREADY_ENROLLED"] * (AT_ONCE - 1), "WRITTEN"]
        assert await register.count(enrolments) == 1
        stated = [fact for fact in await register.facts() if fact.body.type_url.endswith("EnrolmentFact")]
        assert len(stated) == 1

    async def test_twice_is_kept_out_by_the_database_itself(self, register: Register) -> None:
        community_id = await register.community()
        (member_id,) = await register.enrolled("m1", community_id=community_id)
        row = {
            "enrolment_id": "x",
            "member_id": member_id,
            "community_id": community_id,
            "enrolled_at": JUNE,
            "revision": 1,
        }
        with pytest.raises(IntegrityError):
            async with register.database.write() as connection:
                await connection.execute(insert(enrolments), [row])

    async def test_many_in_opposite_orders_at_once_ends_without_a_deadlock(self, register: Register) -> None:
        community_id = await register.community()
        member_ids = await register.members(*(f"m{n}" for n in range(20)))
        commands = [
            Enrol(member_id=each, community_id=community_id, occurred_at=MARCH, stated_by=DESK)
            for each in member_ids
        ]
        outcomes = await asyncio.gather(
            register.run(enrol, *commands), register.run(enrol, *reversed(commands))
        )
        assert sorted(reasons([*outcomes[0], *outcomes[1]])) == [
            *["ALREADY_ENROLLED"] * 20,
            *["WRITTEN"] * 20,
        ]


class TestEnding:
    async def test_states_the_next_revision_effective_from_the_beginning(self, register: Register) -> None:
        community_id = await register.community()
        (member_id,) = await register.members("m1")
        (enrolment_id,) = await register.written(
            enrol, Enrol(member_id=member_id, community_id=community_id, occurred_at=MARCH, stated_by=DESK)
        )
        await register.written(
            end_enrolments,
            EndEnrolment(enrolment_id=enrolment_id, occurred_at=JUNE, reason="Moved away.", stated_by=DESK),
        )
        began, ended = (await register.facts())[-2:]
        assert (began.revision, ended.revision) == (1, 2)
        assert began.effective_at == ended.effective_at
        bodies = [EnrolmentFact.FromString(fact.body.value) for fact in (began, ended)]
        assert [body.state for body in bodies] == [ENROLMENT_STATE_ACTIVE, ENROLMENT_STATE_ENDED]
        assert not bodies[0].HasField("ended_at")
        assert bodies[1].ended_at.seconds == JUNE.timestamp()

    async def test_is_refused_twice_before_the_start_and_of_the_unknown(self, register: Register) -> None:
        community_id = await register.community()
        await register.members("m1", "m2")
        member_ids = await register.members("m3", "m4")
        first, second = await register.written(
            enrol,
            *(
                Enrol(member_id=each, community_id=community_id, occurred_at=MARCH, stated_by=DESK)
                for each in member_ids
            ),
        )
        outcomes = await register.run(
            end_enrolments,
            EndEnrolment(enrolment_id=first, occurred_at=JUNE, reason="Moved away.", stated_by=DESK),
            EndEnrolment(enrolment_id=first, occurred_at=JUNE, reason="Moved away.", stated_by=DESK),
            EndEnrolment(enrolment_id=second, occurred_at=MARCH, reason="Moved away.", stated_by=DESK),
            EndEnrolment(enrolment_id="nothing", occurred_at=JUNE, reason="Moved away.", stated_by=DESK),
        )
        assert reasons(outcomes) == ["WRITTEN", "ENROLMENT_ENDED", "ENDS_BEFORE_START", "ENROLMENT_UNKNOWN"]

    async def test_leaves_a_history_that_is_in_force_at_one_place_at_a_time(self, register: Register) -> None:
        community_id = await register.community()
        (member_id,) = await register.members("m1")
        again = Enrol(member_id=member_id, community_id=community_id, occurred_at=JUNE, stated_by=DESK)
        (first,) = await register.written(
            enrol, Enrol(member_id=member_id, community_id=community_id, occurred_at=MARCH, stated_by=DESK)
        )
        await register.written(
            end_enrolments,
            EndEnrolment(enrolment_id=first, occurred_at=JUNE - DAY, reason="Moved away.", stated_by=DESK),
        )
        (second,) = await register.written(enrol, again)

        async with register.database.read() as connection:
            found = [
                await read_in_force(connection, member_id=member_id, at=at)
                for at in (MARCH - DAY, MARCH, JUNE - DAY, JUNE)
            ]
        assert [each.id if each else None for each in found] == [None, first, None, second]
