from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update

from services.chassis.facts.dirty import read_dirty
from services.chassis.periods import Period
from services.chassis.tables import received_facts
from services.members.domain.grid import Level
from services.members.domain.participation import Turnout
from services.members.domain.policy import ParticipationKind, ParticipationRule
from services.members.storage.migrations.participations import derive_participations_anew
from services.members.storage.participations import read_participations
from services.members.storage.tables import participations
from services.members.storage.turnouts import Counting, read_turnout
from services.members.usecases.create_nodes import create_nodes
from services.members.usecases.create_work_units import CreateWorkUnit, create_work_units
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from tests.integration.databases import ZONE
from tests.integration.members.register import (
    DESK,
    JUNE,
    MARCH,
    Events,
    Register,
    end_enrolments,
    enrol,
    hours,
    node,
    open_events,
    open_register,
)

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
ANY_RECORD = ParticipationRule()
MARCH_2025 = Period.parse("2025-03", zone=ZoneInfo(ZONE))


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def events(tmp_path: Path, register: Register) -> AsyncGenerator[Events]:
    async with open_events(tmp_path, follower=register.database) as events:
        yield events


async def turnout(
    register: Register,
    *,
    period: Period = MARCH_2025,
    rule: ParticipationRule = ANY_RECORD,
    **filters: str,
) -> tuple[int, int]:
    stated = {"node_id": None, "work_unit_id": None, **filters}
    counting = Counting(at=period.ends_at - INSTANT, period=period, rule=rule)
    async with register.database.read() as connection:
        found = await read_turnout(connection, counting, **stated)
    assert isinstance(found, Turnout)
    return found.enrolled, found.participating


async def records(register: Register, member_id: str) -> set[str]:
    async with register.database.read() as connection:
        return {each.record_id for each in await read_participations(connection, [member_id])}


class TestParticipation:
    async def test_follows_from_confirmed_hours(self, register: Register, events: Events) -> None:
        community_id = await register.community()
        first, second, _ = await register.enrolled("m1", "m2", "m3", community_id=community_id)
        await events.state(hours("h1", first), hours("h2", first), hours("h3", second))
        await events.receive()
        assert await turnout(register) == (3, 0)
        await events.apply()
        assert await turnout(register) == (3, 2)
        assert await records(register, first) == {"h1", "h2"}

    async def test_takes_as_many_records_of_its_kinds_as_the_policy_says(
        self, register: Register, events: Events
    ) -> None:
        community_id = await register.community()
        first, second = await register.enrolled("m1", "m2", community_id=community_id)
        await events.state(*(hours(f"h{n}", member_id) for n, member_id in enumerate((first, first, second))))
        await events.receive()
        await events.apply()
        only_hours = frozenset({ParticipationKind.HOURS})
        for records_min, participating in ((1, 2), (2, 1), (3, 0)):
            rule = ParticipationRule(kinds=only_hours, records_min=records_min)
            assert await turnout(register, rule=rule) == (2, participating)
        assert await turnout(register, rule=ParticipationRule(kinds=frozenset({ParticipationKind.WISH}))) == (
            2,
            0,
        )

    async def test_that_was_derived_before_kinds_were_told_is_of_any_until_it_is_derived_anew(
        self, register: Register, events: Events
    ) -> None:
        (member_id,) = await register.enrolled("m1", community_id=await register.community())
        await events.state(hours("h1", member_id))
        await events.receive()
        await events.apply()
        async with register.database.write() as connection:
            await connection.execute(update(participations).values(kind="", minutes=0))
            await connection.run_sync(derive_participations_anew)
        wishes = ParticipationRule(kinds=frozenset({ParticipationKind.WISH}))
        assert await turnout(register, rule=wishes) == (1, 1)
        await events.apply()
        assert await turnout(register, rule=wishes) == (1, 0)
        assert await turnout(register) == (1, 1)

    async def test_is_undone_when_hours_are_revoked(self, register: Register, events: Events) -> None:
        community_id = await register.community()
        (member_id,) = await register.enrolled("m1", community_id=community_id)
        await events.state(hours("h1", member_id))
        await events.receive()
        await events.apply()
        await events.state(hours("h1", member_id, revoked=True), revision=2)
        await events.receive()
        await events.apply()
        assert await turnout(register) == (1, 0)
        assert await register.count(participations) == 0

    async def test_moves_when_hours_are_corrected(self, register: Register, events: Events) -> None:
        community_id = await register.community()
        (member_id,) = await register.enrolled("m1", community_id=community_id)
        await events.state(hours("h1", member_id, at=JUNE))
        await events.state(hours("h1", member_id, at=MARCH), revision=2)
        await events.receive()
        await events.apply()
        assert await turnout(register) == (1, 1)
        assert await register.count(participations) == 1

    async def test_belongs_to_a_period_with_its_start_and_without_its_end(
        self, register: Register, events: Events
    ) -> None:
        community_id = await register.community(since=MARCH - 30 * DAY)
        first, last, before, after = await register.enrolled(
            "m1", "m2", "m3", "m4", community_id=community_id, at=MARCH - 30 * DAY
        )
        await events.state(
            hours("h1", first, at=MARCH_2025.starts_at),
            hours("h2", last, at=MARCH_2025.ends_at - INSTANT),
            hours("h3", before, at=MARCH_2025.starts_at - INSTANT),
            hours("h4", after, at=MARCH_2025.ends_at),
        )
        await events.receive()
        await events.apply()
        assert await turnout(register) == (4, 2)

    async def test_counts_only_those_enrolled_at_the_end_of_the_period(
        self, register: Register, events: Events
    ) -> None:
        community_id = await register.community()
        member_ids = await register.members("m1", "m2", "m3")
        (left, *_) = await register.written(
            enrol,
            *(
                Enrol(member_id=each, community_id=community_id, occurred_at=at, stated_by=DESK)
                for each, at in zip(member_ids, (MARCH, MARCH, JUNE), strict=True)
            ),
        )
        await register.written(
            end_enrolments,
            EndEnrolment(enrolment_id=left, occurred_at=MARCH + DAY, reason="Moved away.", stated_by=DESK),
        )
        await events.state(*(hours(f"h-{each}", each) for each in member_ids))
        await events.receive()
        await events.apply()
        assert await turnout(register) == (1, 1)

    async def test_is_counted_by_part_of_the_grid_and_by_work_unit(
        self, register: Register, events: Events
    ) -> None:
        (district_id,) = await register.written(create_nodes, node("d", Level.DISTRICT))
        streets = await register.written(
            create_nodes, *(node(f"s{n}", Level.STREET, district_id) for n in range(2))
        )
        communities = await register.written(
            create_nodes, *(node(f"c{n}", Level.COMMUNITY, streets[n // 2]) for n in range(4))
        )
        (unit_id,) = await register.written(
            create_work_units, CreateWorkUnit(code="w1", name="w1", occurred_at=MARCH)
        )
        employed = await register.members(*(f"e{n}" for n in range(4)), work_unit_id=unit_id)
        residents = await register.members(*(f"r{n}" for n in range(4)))
        for people in (employed, residents):
            commands = [
                Enrol(member_id=member_id, community_id=community_id, occurred_at=MARCH, stated_by=DESK)
                for member_id, community_id in zip(people, communities, strict=True)
            ]
            await register.written(enrol, *commands)
        await events.state(*(hours(f"h-{each}", each) for each in [*employed[:3], residents[0]]))
        await events.receive()
        await events.apply()

        assert await turnout(register, node_id=district_id) == (8, 4)
        assert await turnout(register, node_id=streets[0]) == (4, 3)
        assert await turnout(register, node_id=streets[1]) == (4, 1)
        assert await turnout(register, node_id=communities[3]) == (2, 0)
        assert await turnout(register, work_unit_id=unit_id) == (4, 3)
        assert await turnout(register, node_id=streets[0], work_unit_id=unit_id) == (2, 2)

    async def test_is_the_same_for_facts_that_come_twice_and_in_another_order(
        self, register: Register, events: Events
    ) -> None:
        community_id = await register.community()
        first, second = await register.enrolled("m1", "m2", community_id=community_id)
        await events.state(hours("h1", first), hours("h2", second), hours("h3", second))
        await events.state(hours("h2", second, revoked=True), revision=2)
        for _ in range(2):
            await events.receive()
            await events.apply()
        assert await records(register, first) == {"h1"}
        assert await records(register, second) == {"h3"}


class TestAFactOfAnUnknownType:
    async def test_waits_alone_and_what_else_the_member_did_counts(
        self, register: Register, events: Events
    ) -> None:
        community_id = await register.community()
        (member_id,) = await register.enrolled("m1", community_id=community_id)
        await events.state(hours("h1", member_id))
        await events.state_strange("strange", member_id)
        await events.receive()
        await events.apply()
        assert await turnout(register) == (1, 1)
        async with register.database.read() as connection:
            assert await read_dirty(connection, ["fact:events/strange", f"member:{member_id}"]) == {
                "fact:events/strange"
            }
            kept = await connection.execute(select(func.count()).select_from(received_facts))
            assert kept.scalar_one() == 2
