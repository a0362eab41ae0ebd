from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import Executable, delete, insert, update

from services.members.domain.availability import Slot
from services.members.domain.consent import ConsentPurpose
from services.members.domain.person import Profile
from services.members.storage.checks import checks_of_register
from services.members.storage.person_tables import (
    availabilities,
    consents,
    member_terms,
    personal_values,
)
from services.members.storage.tables import members
from services.members.usecases.erase_members import EraseMember, erase_members
from services.members.usecases.record_consents import RecordConsent, record_consents
from tests.integration.databases import findings
from tests.integration.members.register import JUNE, MARCH, Register, open_register

PROFILE = Profile(skills=("cooking",), availability=(Slot(weekday=1, starts_minute=0, ends_minute=60),))


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def member_ids(register: Register) -> list[str]:
    """One with a bit of everything, and one who was erased."""
    ids = await register.members("m1", "m2", profile=PROFILE)
    for revoked, at in ((False, MARCH), (True, JUNE)):
        consent = RecordConsent(
            member_id=ids[0], purpose=ConsentPurpose.PUBLISH_NAME, revoked=revoked, occurred_at=at
        )
        await register.written(record_consents, consent)
    await register.written(erase_members, EraseMember(member_id=ids[1], reason="x", stated_by="member:a"))
    return ids


async def found(register: Register, *changes: Executable) -> list[str]:
    async with register.database.write() as connection:
        for change in changes:
            await connection.execute(change)
    return await findings(register.database, *checks_of_register())


class TestVerify:
    @pytest.mark.usefixtures("member_ids")
    async def test_finds_nothing_in_what_the_service_wrote(self, register: Register) -> None:
        assert await found(register) == []

    async def test_finds_who_has_no_name_or_no_place_in_the_order_of_names(
        self, register: Register, member_ids: list[str]
    ) -> None:
        lost = delete(personal_values).where(personal_values.c.field == "sort_name")
        assert await found(register, lost) == [
            f"a member has personal details: member {member_ids[0]} has none"
        ]

    @pytest.mark.parametrize("what", ["value", "term", "slot"])
    async def test_finds_what_is_left_of_an_erased_member(
        self, register: Register, member_ids: list[str], what: str
    ) -> None:
        erased = {"member_id": member_ids[1]}
        left = {
            "value": insert(personal_values).values(
                field="phone", value="+8613800138000", identifies=False, **erased
            ),
            "term": insert(member_terms).values(kind="SKILL", code="cooking", **erased),
            "slot": insert(availabilities).values(weekday=1, starts_minute=0, ends_minute=1, **erased),
        }
        law = "of an erased member nothing is left"
        assert await found(register, left[what]) == [f"{law}: of member {member_ids[1]} there is"]

    async def test_finds_terms_that_the_vocabulary_lacks(
        self, register: Register, member_ids: list[str]
    ) -> None:
        (finding,) = await found(register, update(member_terms).values(code="flying"))
        assert finding.endswith(f"member {member_ids[0]} has another term")

    async def test_finds_parts_of_the_week_that_overlap(
        self, register: Register, member_ids: list[str]
    ) -> None:
        other = {"member_id": member_ids[0], "weekday": 1, "starts_minute": 59, "ends_minute": 90}
        (finding,) = await found(register, insert(availabilities).values(other))
        assert finding == f"availability does not overlap: of member {member_ids[0]} it does"

    async def test_finds_consents_that_are_not_as_stated_or_hold_twice(
        self, register: Register, member_ids: list[str]
    ) -> None:
        (finding,) = await found(register, update(consents).values(revoked_at=JUNE.replace(hour=1)))
        assert "differs from its fact" in finding
        twice = {
            "consent_id": "x",
            "member_id": member_ids[0],
            "purpose": "PUBLISH_NAME",
            "given_at": MARCH.replace(day=2),
            "revision": 1,
        }
        law = "consents of a purpose follow each other"
        assert f"{law}: those of member {member_ids[0]} overlap" in await found(
            register, insert(consents).values(twice)
        )

    @pytest.mark.usefixtures("member_ids")
    async def test_finds_members_that_are_not_as_stated(self, register: Register) -> None:
        changes = update(members).where(members.c.erased_at.is_not(None)).values(erased_at=JUNE)
        (finding,) = await found(register, changes)
        assert "differs from its fact" in finding
