from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from sqlalchemy import Executable, delete, select, update

from services.members.domain.consent import ConsentPurpose
from services.members.domain.merge import BelongingKind
from services.members.storage.members import read_members, read_survivors
from services.members.storage.merges import read_records
from services.members.storage.organisation_tables import roles
from services.members.storage.person_tables import member_merges
from services.members.storage.tables import enrolments, members
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from services.members.usecases.erase_members import EraseMember, erase_members
from services.members.usecases.record_consents import RecordConsent, record_consents
from tests.integration.databases import reasons
from tests.integration.members.persons import (
    communities,
    consent,
    enrolled,
    findings,
    membership,
    merge,
    merge_members,
    merging,
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
    enrol,
    open_register,
)

DAY = timedelta(days=1)
ENROLMENT = BelongingKind.ENROLMENT
ROLE = BelongingKind.ROLE
TEAM_MEMBERSHIP = BelongingKind.TEAM_MEMBERSHIP
CONSENT = BelongingKind.CONSENT


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
        EndEnrolment(enrolment_id=enrolment_id, occurred_at=JUNE, reason="moved away", stated_by=DESK),
    )


class TestMerging:
    async def test_makes_what_is_the_duplicates_the_survivors(self, register: Register) -> None:
        community_id, team_id = await register.community(), await team(register)
        ann, anna = await register.members("ann", "anna")
        enrolment_id = await enrolled(register, anna, community_id)
        role_id = await role(register, anna, community_id)
        membership_id = await membership(register, anna, team_id)
        consent_id = await consent(register, anna)
        await skills(register, anna, "first-aid")
        await merge(register, ann, anna)
        assert await _answers(register, anna) == ann
        assert await owner_of(register, ENROLMENT, enrolment_id) == ann
        assert await owner_of(register, ROLE, role_id) == ann
        assert await owner_of(register, TEAM_MEMBERSHIP, membership_id) == ann
        assert await owner_of(register, CONSENT, consent_id) == ann
        assert await _skills(register, ann) == {"first-aid"}
        assert await findings(register) == []

    async def test_keeps_the_survivors_where_two_exclude_each_other(self, register: Register) -> None:
        community_id, other_id = await communities(register, 2)
        team_id = await team(register)
        ann, anna = await register.members("ann", "anna")
        hers = await enrolled(register, ann, community_id, at=JUNE)
        gone = await enrolled(register, anna, other_id)
        her_role, gone_role = [await role(register, each, community_id) for each in (ann, anna)]
        other_role = await role(register, anna, community_id, kind="INFORMANT")
        kept, left = [await membership(register, each, team_id) for each in (ann, anna)]
        merge_id = await merge(register, ann, anna)
        assert await owner_of(register, ENROLMENT, hers) == ann
        assert await owner_of(register, ENROLMENT, gone) == ""
        assert await owner_of(register, ROLE, her_role) == ann
        assert await owner_of(register, ROLE, gone_role) == ""
        assert await owner_of(register, ROLE, other_role) == ann
        assert await owner_of(register, TEAM_MEMBERSHIP, kept) == ann
        assert await owner_of(register, TEAM_MEMBERSHIP, left) == ""
        async with register.database.read() as connection:
            remembered = await read_records(connection, merge_id)
        assert sorted((each.key.kind, each.became) for each in remembered) == [
            ("ENROLMENT", "WITHDRAWN"),
            ("ROLE", "MOVED"),
            ("ROLE", "WITHDRAWN"),
            ("TEAM_MEMBERSHIP", "WITHDRAWN"),
        ]
        assert await findings(register) == []

    async def test_lets_the_active_enrolment_survive_whose_ever_it_is(self, register: Register) -> None:
        community_id = await register.community()
        ann, anna = await register.members("ann", "anna")
        ended = await enrolled(register, ann, community_id)
        await _end(register, ended)
        active = await enrolled(register, anna, community_id, at=MARCH + DAY)
        await merge(register, ann, anna)
        assert await owner_of(register, ENROLMENT, active) == ann
        assert await owner_of(register, ENROLMENT, ended) == ""
        assert await _active(register) == [ann]

    async def test_joins_enrolments_that_follow_each_other(self, register: Register) -> None:
        community_id = await register.community()
        ann, anna = await register.members("ann", "anna")
        ended = await enrolled(register, anna, community_id)
        await _end(register, ended)
        await enrolled(register, ann, community_id, at=JUNE)
        await merge(register, ann, anna)
        assert await owner_of(register, ENROLMENT, ended) == ann
        assert await findings(register) == []

    @pytest.mark.parametrize("said_as", ["survivor", "duplicate"])
    async def test_takes_a_persons_last_word_on_a_consent(self, register: Register, said_as: str) -> None:
        ann, anna = await register.members("ann", "anna")
        given_as, revoked_as = (anna, ann) if said_as == "survivor" else (ann, anna)
        given = await consent(register, given_as)
        await consent(register, revoked_as, until=JUNE)
        before = await picture(register)
        merge_id = await merge(register, ann, anna)
        async with register.database.read() as connection:
            (remembered,) = await read_records(connection, merge_id)
        assert (remembered.key.record_id, remembered.became) == (given, "WITHDRAWN")
        assert all(row[4] is not None for row in (await picture(register))["consents"])
        assert await findings(register) == []
        await part(register, merge_id)
        assert await picture(register) == before

    async def test_refuses_who_is_no_member_of_their_own(self, register: Register) -> None:
        ann, anna, bo, gone = await register.members("ann", "anna", "bo", "gone")
        await merge(register, ann, anna)
        await register.written(erase_members, EraseMember(member_id=gone, reason="asked", stated_by=DESK))
        outcomes = await register.run(
            merge_members,
            merging(ann, ann),
            merging(ann, anna),
            merging(anna, bo),
            merging(ann, gone),
            merging(gone, ann),
            merging("nobody", ann),
            merging(ann, "nobody"),
        )
        assert reasons(outcomes) == [
            "SAME_MEMBER",
            "MEMBER_MERGED",
            "MEMBER_MERGED",
            "MEMBER_ERASED",
            "MEMBER_ERASED",
            "MEMBER_UNKNOWN",
            "MEMBER_UNKNOWN",
        ]
        assert outcomes[1].metadata["survivor_id"] == ann  # type: ignore[union-attr] # a refusal

    async def test_refuses_writes_that_name_the_duplicate(self, register: Register) -> None:
        community_id = await register.community()
        ann, anna = await register.members("ann", "anna")
        await merge(register, ann, anna)
        command = Enrol(member_id=anna, community_id=community_id, occurred_at=MARCH, stated_by=DESK)
        agreed = RecordConsent(
            member_id=anna, purpose=ConsentPurpose.PUBLISH_NAME, revoked=False, occurred_at=None
        )
        assert reasons(await register.run(enrol, command)) == ["MEMBER_MERGED"]
        assert reasons(await register.run(record_consents, agreed)) == ["MEMBER_MERGED"]

    async def test_lets_everybody_before_stand_for_the_last_survivor(self, register: Register) -> None:
        ann, anna, anne = await register.members("ann", "anna", "anne")
        await merge(register, anna, anne)
        await merge(register, ann, anna)
        assert [await _answers(register, each) for each in (ann, anna, anne)] == [ann] * 3
        assert await findings(register) == []

    async def test_states_the_new_owner_of_each_record_before_who_stands_for_whom(
        self, register: Register
    ) -> None:
        community_id = await register.community()
        ann, anna = await register.members("ann", "anna")
        enrolment_id = await enrolled(register, anna, community_id)
        await merge(register, ann, anna)
        moved, merged = (await register.facts())[-2:]
        assert (moved.record_id, moved.revision) == (enrolment_id, 2)
        assert [subject.id for subject in moved.subjects] == [ann]
        assert (merged.record_id, merged.revision) == (anna, 2)
        assert [subject.id for subject in merged.subjects] == [anna, ann]

    async def test_of_one_who_is_erased_forgets_every_name(self, register: Register) -> None:
        ann, anna = await register.members("ann", "anna")
        merge_id = await merge(register, ann, anna)
        await register.written(erase_members, EraseMember(member_id=ann, reason="asked", stated_by=DESK))
        async with register.database.read() as connection:
            both = await read_members(connection, [ann, anna])
        assert all(each.erased_at for each in both.values())
        assert reasons(await register.run(unmerge_members, parting(merge_id))) == ["MEMBER_ERASED"]
        assert await findings(register) == []


class TestVerify:
    @pytest.mark.parametrize(
        ("change", "breach"),
        [
            (update(members).values(merged_into=None), "stands for None, not"),
            (update(member_merges).values(undone_at=JUNE), ", not None"),
            (
                update(enrolments).values(
                    member_id=select(members.c.member_id).where(members.c.code == "anna").scalar_subquery()
                ),
                "belongs to somebody who was merged",
            ),
        ],
        ids=["forgotten", "made up", "misplaced"],
    )
    async def test_finds_a_merge_that_is_not_as_it_should_be(
        self, register: Register, change: Executable, breach: str
    ) -> None:
        ann, anna = await register.members("ann", "anna")
        await enrolled(register, anna, await register.community())
        await merge(register, ann, anna)
        async with register.database.write() as connection:
            await connection.execute(change)
        assert any(breach in each for each in await findings(register))

    async def test_finds_a_role_that_is_not_as_stated_or_gone(self, register: Register) -> None:
        (ann,) = await register.members("ann")
        await role(register, ann, await register.community())
        async with register.database.write() as connection:
            await connection.execute(update(roles).values(kind="AUDITOR"))
        assert any("roles equal their facts" in each for each in await findings(register))
        async with register.database.write() as connection:
            await connection.execute(delete(roles))
        assert any(each.endswith("is gone") for each in await findings(register))
