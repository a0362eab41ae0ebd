from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from services.members.domain.merge import BelongingKind
from services.members.storage.members import read_survivors
from services.members.storage.merges import read_records
from services.members.usecases.end_enrolments import EndEnrolment
from tests.integration.databases import reasons
from tests.integration.members.persons import (
    communities,
    consent,
    enrolled,
    findings,
    membership,
    merge,
    owner_of,
    part,
    parting,
    picture,
    role,
    skills,
    team,
    unmerge_members,
)
from tests.integration.members.register import (
    DESK,
    JUNE,
    MARCH,
    Register,
    end_enrolments,
    open_register,
)

DAY = timedelta(days=1)
ENROLMENT = BelongingKind.ENROLMENT


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


async def _answers(register: Register, member_id: str) -> str:
    async with register.database.read() as connection:
        return (await read_survivors(connection, [member_id]))[member_id].id


async def _skills(register: Register, member_id: str) -> set[str]:
    return {code for of, _, code in (await picture(register))["member_terms"] if of == member_id}


async def _active(register: Register) -> list[str]:
    return [row[1] for row in (await picture(register))["enrolments"] if row[4] is None and not row[6]]


async def _end(register: Register, enrolment_id: str) -> None:
    await register.written(
        end_enrolments,
        EndEnrolment(enrolment_id=enrolment_id, occurred_at=JUNE, reason="Moved away.", stated_by=DESK),
    )


class TestParting:
    async def test_gives_everything_back_as_it_was(self, register: Register) -> None:
        community_id, other_id = await communities(register, 2)
        team_id = await team(register)
        ann, anna = await register.members("ann", "anna")
        for each, place in ((ann, community_id), (anna, other_id)):
            await enrolled(register, each, place)
            await role(register, each, community_id)
            await membership(register, each, team_id)
            await consent(register, each)
        await role(register, anna, other_id)
        await skills(register, ann, "first-aid")
        await skills(register, anna, "first-aid", "cooking")
        before = await picture(register)
        merge_id = await merge(register, ann, anna)
        assert await picture(register) != before
        await part(register, merge_id)
        assert await picture(register) == before
        assert await findings(register) == []

    async def test_gives_a_record_back_as_it_stands_by_then(self, register: Register) -> None:
        community_id = await register.community()
        ann, anna = await register.members("ann", "anna")
        enrolment_id = await enrolled(register, anna, community_id)
        merge_id = await merge(register, ann, anna)
        await _end(register, enrolment_id)
        later = await enrolled(register, ann, community_id, at=JUNE)
        await part(register, merge_id)
        assert await owner_of(register, ENROLMENT, enrolment_id) == anna
        assert await owner_of(register, ENROLMENT, later) == ann
        assert await _active(register) == [ann]

    async def test_leaves_withdrawn_what_something_newer_excludes(self, register: Register) -> None:
        community_id = await register.community()
        ann, anna = await register.members("ann", "anna")
        fallen = await enrolled(register, ann, community_id)
        await _end(register, fallen)
        active = await enrolled(register, anna, community_id, at=MARCH + DAY)
        merge_id = await merge(register, ann, anna)
        end = EndEnrolment(
            enrolment_id=active, occurred_at=MARCH + 2 * DAY, reason="Moved away.", stated_by=DESK
        )
        await register.written(end_enrolments, end)
        newer = await enrolled(register, ann, community_id, at=MARCH + 3 * DAY)
        await part(register, merge_id)
        assert [await owner_of(register, ENROLMENT, each) for each in (fallen, active, newer)] == [
            "",
            anna,
            ann,
        ]
        async with register.database.read() as connection:
            remembered = await read_records(connection, merge_id)
        assert {each.key.record_id: each.given_back for each in remembered} == {fallen: False, active: True}
        assert await findings(register) == []

    async def test_is_done_once(self, register: Register) -> None:
        ann, anna = await register.members("ann", "anna")
        merge_id = await merge(register, ann, anna)
        outcomes = await register.run(
            unmerge_members, parting(merge_id), parting(merge_id), parting("no merge")
        )
        assert reasons(outcomes) == ["WRITTEN", "MERGE_UNDONE", "MERGE_UNKNOWN"]

    @pytest.mark.parametrize("first", [0, 1])
    async def test_of_merges_in_any_order_leaves_no_trace(self, register: Register, first: int) -> None:
        places = await communities(register, 3)
        ann, anna, anne = await register.members("ann", "anna", "anne")
        for each, place in zip((ann, anna, anne), places, strict=True):
            await enrolled(register, each, place)
            await role(register, each, place)
        await skills(register, anne, "cooking", "driving")
        await skills(register, anna, "driving")
        before = await picture(register)
        merges = [await merge(register, anna, anne), await merge(register, ann, anna)]
        await part(register, merges[first])
        assert await findings(register) == []
        assert await _skills(register, ann) == (set() if first else {"driving"})
        assert await _answers(register, anne) == (anna if first else anne)
        await part(register, merges[1 - first])
        assert await picture(register) == before
        assert await findings(register) == []
