import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.chassis.periods import PeriodKind
from services.members.domain.policy import MonthDay, ParticipationKind, ParticipationRule, Policy
from services.members.storage.policies import read_policy, read_revision
from services.members.storage.tables import policies, reasons
from services.members.usecases.set_policy import SetPolicy, set_policy
from tests.integration import databases
from tests.integration.members.register import DESK, Register, open_register

STRICT = Policy(
    renewal_period=None,
    enrolment_deadline=MonthDay(month=2, day=29),
    participation=ParticipationRule(kinds=frozenset({ParticipationKind.WISH}), records_min=3),
    phone_countries=("HK", "CN"),
    acknowledgement_days=7,
)
AT_ONCE = 16


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


def setting(policy: Policy, *, etag: str = "0") -> SetPolicy:
    return SetPolicy(policy=policy, etag=etag, reason="Decided on Monday.", stated_by=DESK)


async def held(register: Register) -> Policy:
    async with register.database.read() as connection:
        return await read_policy(connection)


class TestThePolicy:
    async def test_is_the_default_until_one_is_set(self, register: Register) -> None:
        assert await held(register) == Policy()

    @pytest.mark.parametrize(
        "policy",
        [
            STRICT,
            replace(STRICT, enrolment_deadline=None, renewal_period=PeriodKind.QUARTER),
            replace(STRICT, renewal_period=PeriodKind.YEAR),
        ],
    )
    async def test_is_read_as_it_was_set(self, register: Register, policy: Policy) -> None:
        await register.written(set_policy, setting(policy))
        assert await held(register) == policy

    async def test_is_set_only_by_whoever_read_the_last_one(self, register: Register) -> None:
        outcomes = await register.run(
            set_policy,
            setting(STRICT),
            setting(Policy()),
            setting(Policy(), etag="1"),
            setting(STRICT, etag="7"),
        )
        assert databases.reasons(outcomes) == ["WRITTEN", "ETAG_STALE", "WRITTEN", "ETAG_STALE"]
        assert await held(register) == Policy()

    async def test_set_many_times_at_once_lets_exactly_one_win(self, register: Register) -> None:
        outcomes = await asyncio.gather(
            *(
                register.run(set_policy, setting(replace(STRICT, acknowledgement_days=days)))
                for days in range(1, AT_ONCE + 1)
            )
        )
        won = sorted(reason for each in outcomes for reason in databases.reasons(each))
        assert won == [*["ETAG_STALE"] * (AT_ONCE - 1), "WRITTEN"]
        assert await register.count(policies) == 1

    async def test_of_before_stays_readable_with_who_set_it_and_why(self, register: Register) -> None:
        await register.written(set_policy, setting(STRICT))
        async with register.database.read() as connection:
            first = await read_revision(connection)
        assert first.set_at
        await register.written(set_policy, setting(Policy(), etag="1"))
        async with register.database.read() as connection:
            now, then = await read_revision(connection), await read_revision(connection, as_of=first.set_at)
            before = await read_revision(connection, as_of=first.set_at - timedelta(microseconds=1))
            why = (await connection.execute(select(reasons).order_by(reasons.c.revision))).all()
        assert (now.revision.etag, now.revision.policy) == ("2", Policy())
        assert (then, before.revision.etag, before.set_at) == (first, "0", None)
        assert [(row.record_id, row.reason, row.stated_by) for row in why] == [
            ("policy", "Decided on Monday.", DESK)
        ] * 2

    async def test_with_a_deadline_on_a_day_of_no_year_is_refused(self, register: Register) -> None:
        impossible = replace(STRICT, enrolment_deadline=MonthDay(month=2, day=30))
        (refused,) = await register.run(set_policy, setting(impossible))
        assert databases.reasons([refused]) == ["INVALID_FIELD"]
        assert await held(register) == Policy()
