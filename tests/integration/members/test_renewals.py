import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta

import pytest
from linli.members.v1.facts_pb2 import EnrolmentFact
from sqlalchemy import update

from services.members.domain.policy import Policy
from services.members.storage.checks import checks_of_register
from services.members.storage.enrolment_checks import checks_of_renewals
from services.members.storage.enrolment_tables import enrolment_renewals
from services.members.storage.tables import enrolments
from services.members.usecases.enrol import Enrol
from services.members.usecases.renew_enrolments import RenewEnrolment
from services.members.usecases.set_policy import SetPolicy, set_policy
from tests.integration import databases
from tests.integration.members.register import (
    DESK,
    MARCH,
    SHANGHAI,
    Register,
    enrol,
    open_register,
    renew_enrolments,
)

AT_ONCE = 32
DAY = timedelta(days=1)
JULY = datetime(2025, 7, 1, tzinfo=SHANGHAI)
CHECKS = [*checks_of_register(), *checks_of_renewals(zone=SHANGHAI)]


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def member_id(register: Register) -> str:
    (member_id,) = await register.enrolled("m1", community_id=await register.community())
    return member_id


def returning(member_id: str = "", *, at: datetime = JULY, enrolment_id: str = "") -> RenewEnrolment:
    return RenewEnrolment(member_id=member_id, enrolment_id=enrolment_id, occurred_at=at, stated_by=DESK)


class TestARenewal:
    async def test_is_of_the_period_that_holds_its_moment(self, register: Register, member_id: str) -> None:
        await register.written(
            renew_enrolments, returning(member_id), returning(member_id, at=JULY - timedelta(microseconds=1))
        )
        last = EnrolmentFact.FromString((await register.facts())[-1].body.value)
        assert list(last.renewed_periods) == ["2025-H1", "2025-H2"]
        assert await databases.findings(register.database, *CHECKS) == []

    async def test_is_refused_twice_and_outside_of_the_enrolment(
        self, register: Register, member_id: str
    ) -> None:
        (other,) = await register.members("m2")
        (written,) = await register.written(renew_enrolments, returning(member_id))
        outcomes = await register.run(
            renew_enrolments,
            returning(member_id, at=JULY + DAY),
            returning(enrolment_id=written, at=JULY + DAY),
            returning(member_id, at=MARCH - DAY),
            returning(enrolment_id=written, at=MARCH - DAY),
            returning(other),
            returning("nobody"),
            returning(enrolment_id="nothing"),
        )
        assert databases.reasons(outcomes) == [
            "RENEWED_ALREADY",
            "RENEWED_ALREADY",
            "NOT_ENROLLED",
            "NOT_ENROLLED",
            "NOT_ENROLLED",
            "MEMBER_UNKNOWN",
            "ENROLMENT_UNKNOWN",
        ]

    async def test_is_refused_where_the_policy_asks_for_none(
        self, register: Register, member_id: str
    ) -> None:
        never = SetPolicy(policy=Policy(renewal_period=None), etag="0", reason="No longer.", stated_by=DESK)
        await register.written(set_policy, never)
        outcomes = await register.run(renew_enrolments, returning(member_id))
        assert databases.reasons(outcomes) == ["RENEWAL_NOT_REQUIRED"]

    async def test_many_times_at_once_lets_exactly_one_win(self, register: Register, member_id: str) -> None:
        outcomes = await asyncio.gather(
            *(register.run(renew_enrolments, returning(member_id)) for _ in range(AT_ONCE))
        )
        won = sorted(reason for each in outcomes for reason in databases.reasons(each))
        assert won == [*["RENEWED_ALREADY"] * (AT_ONCE - 1), "WRITTEN"]
        assert await register.count(enrolment_renewals) == 1


class TestVerify:
    @pytest.mark.parametrize(
        ("change", "finding"),
        [
            (enrolment_renewals.delete(), "enrolments equal their facts"),
            (update(enrolments).values(late=True), "enrolments equal their facts"),
            (update(enrolment_renewals).values(period_id="2024-H2"), "a renewal happened in its period"),
            (update(enrolment_renewals).values(period_id="never"), "a renewal happened in its period"),
        ],
    )
    async def test_finds_what_was_tampered_with(
        self, register: Register, member_id: str, change: object, finding: str
    ) -> None:
        await register.written(renew_enrolments, returning(member_id))
        async with register.database.write() as connection:
            await connection.execute(change)  # type: ignore[call-overload]
        found = await databases.findings(register.database, *CHECKS)
        assert any(each.startswith(finding) for each in found)

    async def test_leaves_lateness_alone_when_the_policy_changes(self, register: Register) -> None:
        community_id = await register.community()
        (member_id,) = await register.members("m1")
        late = Enrol(member_id=member_id, community_id=community_id, occurred_at=JULY, stated_by=DESK)
        await register.written(enrol, late)
        open_ended = SetPolicy(
            policy=Policy(enrolment_deadline=None), etag="0", reason="Be kind.", stated_by=DESK
        )
        await register.written(set_policy, open_ended)
        assert await databases.findings(register.database, *CHECKS) == []
