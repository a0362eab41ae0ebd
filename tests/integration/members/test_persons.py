import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any

import pytest
from linli.members.v1.facts_pb2 import ConsentFact, MemberFact
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from services.members.domain.availability import Slot
from services.members.domain.consent import ConsentPurpose
from services.members.domain.person import Profile
from services.members.domain.register import MemberType
from services.members.domain.vocabulary import Term, TermKind
from services.members.storage.person_tables import (
    availabilities,
    consents,
    member_terms,
    personal_values,
)
from services.members.storage.tables import reasons as reasons_table
from services.members.usecases.add_terms import AddTerm, add_terms
from services.members.usecases.change_terms import RenameTerm, RetireTerm, rename_terms, retire_terms
from services.members.usecases.create_members import create_members
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from services.members.usecases.erase_members import EraseMember, erase_members
from services.members.usecases.record_consents import RecordConsent, record_consents
from services.members.usecases.update_members import update_members
from tests.integration.databases import reasons
from tests.integration.members.people import person, read, update
from tests.integration.members.register import (
    DESK,
    JUNE,
    MARCH,
    Register,
    end_enrolments,
    enrol,
    member,
    open_register,
)

AT_ONCE = 64
MORNING = Slot(weekday=6, starts_minute=540, ends_minute=720)
FULL = Profile(skills=("cooking", "first-aid"), service_types=("environment",), availability=(MORNING,))


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


def consent(member_id: str, *, revoked: bool = False, at: datetime = MARCH) -> RecordConsent:
    return RecordConsent(
        member_id=member_id, purpose=ConsentPurpose.PUBLISH_NAME, revoked=revoked, occurred_at=at
    )


def erasure(member_id: str) -> EraseMember:
    return EraseMember(member_id=member_id, reason="asked for it", stated_by="member:admin")


class TestRegistering:
    async def test_keeps_all_that_is_stated(self, register: Register) -> None:
        stated: dict[str, Any] = {
            "name": "单田芳",
            "phone": "138 0013 8000",
            "external_ids": {"hr": "7"},
            "profile": FULL,
            "probationary": True,
            "member_type": MemberType.VOLUNTEER,
        }
        found = await person(register, **stated)
        assert (found.details.name, found.details.sort_name) == ("单田芳", "shan tian fang")
        assert (found.details.phone, dict(found.details.external_ids)) == ("+8613800138000", {"hr": "7"})
        assert found.profile == FULL
        (fact,) = await register.facts()
        assert MemberFact.FromString(fact.body.value).probationary

    async def test_refuses_what_cannot_be_and_writes_the_rest(self, register: Register) -> None:
        outcomes = await register.run(
            create_members,
            member("m1", external_ids={"hr": "1"}),
            member("m2", external_ids={"hr": "1"}),
            member("m3", external_ids={"app": "1"}, sort_name="z"),
            member("m4", phone="+85251234567"),
            member("m5", phone="12"),
            member("m6", profile=Profile(skills=("flying",))),
            member("m7", profile=Profile(service_types=("cooking",))),
        )
        assert reasons(outcomes) == [
            "WRITTEN",
            "EXTERNAL_ID_TAKEN",
            "WRITTEN",
            "PHONE_COUNTRY",
            "INVALID_FIELD",
            "TERM_UNKNOWN",
            "TERM_UNKNOWN",
        ]

    async def test_gives_an_external_id_once_however_many_ask_at_once(self, register: Register) -> None:
        asked = [
            register.run(create_members, member(f"m{number}", external_ids={"hr": "1"}))
            for number in range(AT_ONCE)
        ]
        won = sorted(reason for each in await asyncio.gather(*asked) for reason in reasons(each))
        assert won == [*["EXTERNAL_ID_TAKEN"] * (AT_ONCE - 1), "WRITTEN"]
        assert len(await register.facts()) == 1
        assert await register.count(personal_values) == 3

    async def test_gives_an_external_id_once_by_the_database_itself(self, register: Register) -> None:
        await register.members("m1", external_ids={"hr": "1"})
        (other_id,) = await register.members("m2")
        row = {"member_id": other_id, "field": "external_id:hr", "value": "1", "identifies": True}
        with pytest.raises(IntegrityError):
            async with register.database.write() as connection:
                await connection.execute(insert(personal_values), [row])


class TestUpdating:
    async def test_states_a_fact_only_if_it_would_say_something_else(self, register: Register) -> None:
        before = await person(register)
        await register.written(update_members, update(before, name="李雷", phone="13800138000"))
        after = await read(register.database, before.member.id)
        assert (after.details.name, after.details.sort_name) == ("李雷", "li lei")
        assert len(await register.facts()) == 1
        await register.written(update_members, update(after, probationary=True))
        _, fact = await register.facts()
        assert (fact.revision, MemberFact.FromString(fact.body.value).probationary) == (2, True)

    async def test_refuses_what_was_seen_before_the_last_change(self, register: Register) -> None:
        before = await person(register)
        outcomes = await register.run(
            update_members,
            update(before, skills=("cooking",)),
            update(before, skills=("driving",)),
            update(before, etag="another"),
        )
        assert reasons(outcomes) == ["WRITTEN", "ETAG_STALE", "ETAG_STALE"]
        changed = await read(register.database, before.member.id)
        assert changed.profile.skills == ("cooking",)

    async def test_of_one_member_many_times_at_once_lets_one_win(self, register: Register) -> None:
        before = await person(register)
        outcomes = await asyncio.gather(
            *(register.run(update_members, update(before, sort_name=f"name {n}")) for n in range(AT_ONCE))
        )
        won = sorted(reason for each in outcomes for reason in reasons(each))
        assert won == [*["ETAG_STALE"] * (AT_ONCE - 1), "WRITTEN"]

    async def test_hands_an_external_id_on_in_one_batch(self, register: Register) -> None:
        one = await person(register, "m1", external_ids={"hr": "1"})
        other = await person(register, "m2")
        outcomes = await register.run(
            update_members,
            update(other, external_ids={"hr": "1"}),
            update(one, external_ids={}),
            update(other, external_ids={"hr": "1"}),
        )
        assert reasons(outcomes) == ["EXTERNAL_ID_TAKEN", "WRITTEN", "WRITTEN"]
        assert (await read(register.database, other.member.id)).details.external_ids == {"hr": "1"}


class TestTheVocabulary:
    async def test_is_extended_by_an_administrator(self, register: Register) -> None:
        term = Term(kind=TermKind.SKILL, code="drones", name_zh="无人机", name_en="Drones")
        outcomes = await register.run(add_terms, AddTerm(term=term), AddTerm(term=term))
        assert reasons(outcomes) == ["WRITTEN", "TERM_EXISTS"]
        await register.written(rename_terms, RenameTerm(key=term.key, name_zh="航拍", name_en="Drones"))
        before = await person(register, profile=Profile(skills=("drones",)))
        assert reasons(
            await register.run(retire_terms, RetireTerm(key=term.key), RetireTerm(key=term.key))
        ) == ["WRITTEN", "TERM_RETIRED"]
        outcomes = await register.run(create_members, member("m2", profile=Profile(skills=("drones",))))
        assert reasons(outcomes) == ["TERM_RETIRED"]
        kept = update(before, skills=("cooking", "drones"))
        assert reasons(await register.run(update_members, kept)) == ["WRITTEN"]


class TestConsent:
    async def test_is_given_and_revoked_and_states_both(self, register: Register) -> None:
        (member_id,) = await register.members("m1")
        (consent_id,) = await register.written(record_consents, consent(member_id))
        assert reasons(await register.run(record_consents, consent(member_id, at=JUNE))) == ["CONSENT_GIVEN"]
        await register.written(
            record_consents, consent(member_id, revoked=True, at=JUNE), consent(member_id, at=JUNE)
        )
        stated = [fact for fact in await register.facts() if fact.body.type_url.endswith("ConsentFact")]
        bodies = [ConsentFact.FromString(fact.body.value) for fact in stated]
        assert [(body.consent_id == consent_id, body.HasField("revoked_at")) for body in bodies] == [
            (True, False),
            (True, True),
            (False, False),
        ]
        assert [fact.effective_at.seconds for fact in stated] == [
            MARCH.timestamp(),
            MARCH.timestamp(),
            JUNE.timestamp(),
        ]

    async def test_is_given_once_however_many_ask_at_once(self, register: Register) -> None:
        (member_id,) = await register.members("m1")
        outcomes = await asyncio.gather(
            *(register.run(record_consents, consent(member_id)) for _ in range(AT_ONCE))
        )
        won = sorted(reason for each in outcomes for reason in reasons(each))
        assert won == [*["CONSENT_GIVEN"] * (AT_ONCE - 1), "WRITTEN"]
        assert await register.count(consents) == 1


class TestErasing:
    async def test_forgets_who_it_was_and_keeps_what_they_did(self, register: Register) -> None:
        before = await person(register, profile=FULL, phone="13800138000", external_ids={"hr": "1"})
        member_id = before.member.id
        await register.written(record_consents, consent(member_id))
        await register.written(erase_members, erasure(member_id))
        for table in (personal_values, member_terms, availabilities):
            assert await register.count(table) == 0
        assert await register.count(consents) == 1
        fact = (await register.facts())[-1]
        assert (fact.revision, MemberFact.FromString(fact.body.value).HasField("erased_at")) == (2, True)
        async with register.database.read() as connection:
            (why,) = (await connection.execute(select(reasons_table))).all()
        assert (why.record_id, why.revision, why.stated_by) == (member_id, 2, "member:admin")
        # Whoever comes next may have what the erased one was known by.
        await register.members("m2", external_ids={"hr": "1"})

    async def test_waits_for_the_enrolment_to_end(self, register: Register) -> None:
        community_id = await register.community()
        (member_id,) = await register.members("m1")
        enrolment = Enrol(member_id=member_id, community_id=community_id, occurred_at=MARCH, stated_by=DESK)
        (enrolment_id,) = await register.written(enrol, enrolment)
        assert reasons(await register.run(erase_members, erasure(member_id))) == ["STILL_ENROLLED"]
        await register.written(
            end_enrolments,
            EndEnrolment(enrolment_id=enrolment_id, occurred_at=JUNE, reason="Moved away.", stated_by=DESK),
        )
        await register.written(erase_members, erasure(member_id))

    async def test_leaves_nobody_to_write_about(self, register: Register) -> None:
        community_id = await register.community()
        before = await person(register)
        member_id = before.member.id
        await register.written(erase_members, erasure(member_id))
        erased = await read(register.database, member_id)
        assert erased.details.name == ""
        outcomes = [
            *await register.run(erase_members, erasure(member_id), erasure("nobody")),
            *await register.run(update_members, update(erased, skills=())),
            *await register.run(record_consents, consent(member_id)),
            *await register.run(
                enrol, Enrol(member_id=member_id, community_id=community_id, occurred_at=None, stated_by=DESK)
            ),
        ]
        assert reasons(outcomes) == [
            "MEMBER_ERASED",
            "MEMBER_UNKNOWN",
            "MEMBER_ERASED",
            "MEMBER_ERASED",
            "MEMBER_ERASED",
        ]
