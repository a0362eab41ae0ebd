from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import Executable, delete, insert, text, update

from services.chassis.jobs.verify import Check, Checked
from services.members.consumers import checks
from services.members.consumers.checks import checks_of_participations
from services.members.domain.register import MemberType
from services.members.storage.checks import checks_of_register
from services.members.storage.person_tables import personal_values
from services.members.storage.tables import (
    enrolments,
    grid_nodes,
    members,
    participations,
    work_units,
)
from services.members.usecases.create_work_units import CreateWorkUnit, create_work_units
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from tests.integration.members.register import (
    DESK,
    JUNE,
    MARCH,
    Events,
    Register,
    end_enrolments,
    enrol,
    hours,
    open_events,
    open_register,
)


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def events(tmp_path: Path, register: Register) -> AsyncGenerator[Events]:
    async with open_events(tmp_path, follower=register.database) as events:
        yield events


@pytest.fixture
async def member_ids(register: Register, events: Events) -> list[str]:
    """Members with a bit of everything: a work unit, an enrolment that ended, hours."""
    community_id = await register.community()
    await register.written(create_work_units, CreateWorkUnit(code="w1", name="w1", occurred_at=MARCH))
    ids = await register.members("m1", "m2", "m3", "m4", "m5")
    commands = [
        Enrol(member_id=each, community_id=community_id, occurred_at=MARCH, stated_by=DESK) for each in ids
    ]
    first, *_ = await register.written(enrol, *commands)
    await register.written(
        end_enrolments,
        EndEnrolment(enrolment_id=first, occurred_at=JUNE, reason="Moved away.", stated_by=DESK),
    )
    await events.state(*(hours(f"h-{each}", each) for each in ids))
    await events.receive()
    await events.apply()
    return ids


async def findings(register: Register) -> list[str]:
    """Run every check to its end, as the verify job does."""
    found: list[str] = []
    for check in [*checks_of_register(), *checks_of_participations()]:
        found += [f"{check.name}: {finding}" for finding in (await run(register, check)).findings]
    return found


async def run(register: Register, check: Check) -> Checked:
    compared, following = 0, None
    found: list[str] = []
    while True:
        async with register.database.read() as connection:
            checked = await check.chunk(connection, following)
        compared += checked.compared
        found += checked.findings
        following = checked.next
        if following is None:
            return Checked(compared=compared, findings=found)


async def tamper(register: Register, *statements: Executable) -> None:
    async with register.database.write() as connection:
        for statement in statements:
            await connection.execute(statement)


async def forget_that_enrolments_are_apart(register: Register) -> None:
    """Take away what keeps the database itself from storing enrolments that overlap."""
    if register.database.is_sqlite:
        changes = ("insert", "update")
        await tamper(register, *(text(f"DROP TRIGGER enrolments_apart_{each}") for each in changes))
    else:
        await tamper(register, text("ALTER TABLE enrolments DROP CONSTRAINT enrolments_apart"))


@pytest.mark.usefixtures("member_ids")
class TestVerify:
    async def test_finds_nothing_in_what_the_service_wrote_and_compares_all_of_it(
        self, register: Register
    ) -> None:
        assert await findings(register) == []
        everything = [*checks_of_register(), *checks_of_participations()]
        compared = {check.name: (await run(register, check)).compared for check in everything}
        assert list(compared.values()) == [3, 1, 5, 0, 5, 14, 5, 5, 5, 0, 0, 0, 5]

    @pytest.mark.parametrize(
        "change",
        [
            update(grid_nodes).where(grid_nodes.c.level == 1).values(code="other"),
            update(work_units).values(code="other"),
            update(members).values(member_type=MemberType.STUDENT),
            update(members).values(revision=2),
            update(enrolments)
            .where(enrolments.c.ended_at.is_not(None))
            .values(ended_at=JUNE.replace(hour=1)),
            update(enrolments).values(enrolled_at=MARCH.replace(hour=1)),
        ],
        ids=["node", "work unit", "member", "revision", "end", "beginning"],
    )
    async def test_finds_a_row_that_is_not_as_stated(self, register: Register, change: Executable) -> None:
        await tamper(register, change)
        found = await findings(register)
        assert found
        assert all("differs from its fact" in each for each in found), found

    async def test_finds_a_row_that_was_never_stated(self, register: Register) -> None:
        row = {"work_unit_id": "x", "code": "x", "name": "x", "effective_from": MARCH, "revision": 1}
        await tamper(register, insert(work_units).values(row))
        assert await findings(register) == ["work units equal their facts: record x was never stated"]

    async def test_finds_a_record_that_is_gone(self, register: Register) -> None:
        await tamper(register, delete(work_units))
        (found,) = await findings(register)
        assert found.endswith("is gone")

    async def test_finds_a_member_without_personal_details(self, register: Register) -> None:
        await tamper(register, delete(personal_values))
        assert len(await findings(register)) == 5

    async def test_finds_participations_that_are_missing_or_made_up(
        self, register: Register, member_ids: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(checks, "MEMBERS_PER_CHUNK", 2)
        made_up = {"member_id": "zz", "log": "events", "record_id": "h", "effective_at": MARCH}
        await tamper(
            register,
            delete(participations).where(participations.c.member_id == member_ids[2]),
            insert(participations).values(made_up),
            insert(participations).values({**made_up, "member_id": member_ids[0]}),
        )
        law = "participations follow from received facts: participations of member:"
        assert await findings(register) == [
            f"{law}{each} differ" for each in (member_ids[0], member_ids[2], "zz")
        ]

    async def test_leaves_out_members_who_wait_to_be_computed(
        self, register: Register, events: Events, member_ids: list[str]
    ) -> None:
        await events.state(hours("h9", member_ids[0]))
        await events.receive()
        assert await findings(register) == []

    async def test_finds_enrolments_that_overlap(self, register: Register, member_ids: list[str]) -> None:
        await forget_that_enrolments_are_apart(register)
        # The index lets this pass: only one of the two is active.
        row = {
            "enrolment_id": "x",
            "member_id": member_ids[0],
            "community_id": await _community(register),
            "enrolled_at": MARCH.replace(day=2),
            "revision": 1,
        }
        await tamper(register, insert(enrolments).values(row))
        law = "a member has one enrolment at a time"
        assert f"{law}: enrolments of member {member_ids[0]} overlap" in await findings(register)


async def _community(register: Register) -> str:
    async with register.database.read() as connection:
        return str(
            (await connection.execute(text("SELECT community_id FROM enrolments LIMIT 1"))).scalar_one()
        )
