import asyncio
from collections.abc import AsyncGenerator

import pytest

from services.members.domain.merge import BelongingKind
from services.members.storage.person_tables import member_merges
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from tests.integration.databases import reasons
from tests.integration.members.persons import (
    enrolled,
    findings,
    merge_members,
    merging,
    owner_of,
    picture,
)
from tests.integration.members.register import (
    DESK,
    JUNE,
    MARCH,
    Register,
    end_enrolments,
    enrol,
    open_register,
)

AT_ONCE = 64
ENROLMENT = BelongingKind.ENROLMENT


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


async def _active(register: Register) -> list[str]:
    return [row[1] for row in (await picture(register))["enrolments"] if row[4] is None and not row[6]]


class TestAtOnce:
    async def test_two_merges_the_other_way_round_let_one_win(self, register: Register) -> None:
        for n in range(8):
            ann, anna = await register.members(f"ann{n}", f"anna{n}")
            outcomes = await asyncio.gather(
                register.run(merge_members, merging(ann, anna)),
                register.run(merge_members, merging(anna, ann)),
            )
            assert sorted(reason for each in outcomes for reason in reasons(each)) == [
                "MEMBER_MERGED",
                "WRITTEN",
            ]
        assert await findings(register) == []

    async def test_64_merges_of_one_pair_let_one_win(self, register: Register) -> None:
        community_id = await register.community()
        ann, anna = await register.members("ann", "anna")
        await enrolled(register, anna, community_id)
        command = merging(ann, anna)
        outcomes = await asyncio.gather(*(register.run(merge_members, command) for _ in range(AT_ONCE)))
        assert sorted(reason for each in outcomes for reason in reasons(each)) == [
            *["MEMBER_MERGED"] * (AT_ONCE - 1),
            "WRITTEN",
        ]
        assert await register.count(member_merges) == 1
        assert await findings(register) == []

    async def test_a_merge_and_enrolments_of_both_leave_one_active(self, register: Register) -> None:
        community_id = await register.community()
        for n in range(8):
            ann, anna = await register.members(f"ann{n}", f"anna{n}")
            enrolments_of = [
                Enrol(member_id=each, community_id=community_id, occurred_at=MARCH, stated_by=DESK)
                for each in (ann, anna)
            ]
            outcomes = await asyncio.gather(
                register.run(merge_members, merging(ann, anna)),
                *(register.run(enrol, each) for each in enrolments_of),
            )
            assert reasons(outcomes[0]) == ["WRITTEN"]
            assert (await _active(register)).count(ann) == 1
            assert anna not in await _active(register)
        assert await findings(register) == []

    async def test_a_merge_and_the_end_of_an_enrolment_both_happen(self, register: Register) -> None:
        community_id = await register.community()
        for n in range(8):
            ann, anna = await register.members(f"ann{n}", f"anna{n}")
            enrolment_id = await enrolled(register, anna, community_id)
            end = EndEnrolment(
                enrolment_id=enrolment_id, occurred_at=JUNE, reason="Moved away.", stated_by=DESK
            )
            outcomes = await asyncio.gather(
                register.run(merge_members, merging(ann, anna)), register.run(end_enrolments, end)
            )
            assert [reasons(each) for each in outcomes] == [["WRITTEN"], ["WRITTEN"]]
            assert await owner_of(register, ENROLMENT, enrolment_id) == ann
        assert await findings(register) == []
