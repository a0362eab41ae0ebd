import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from linli.members.v1.facts_pb2 import MemberFact
from sqlalchemy import select

from services.chassis.faults import Fault
from services.chassis.work import Written
from services.members.domain.register import MemberType
from services.members.storage.checks import checks_of_register
from services.members.storage.tables import members
from services.members.storage.tables import reasons as reasons_table
from services.members.usecases.create_work_units import CreateWorkUnit, create_work_units
from services.members.usecases.erase_members import EraseMember, erase_members
from services.members.usecases.import_members import ImportMember, import_members
from tests.integration.databases import findings, reasons
from tests.integration.members.people import read, row
from tests.integration.members.register import JUNE, MARCH, SHANGHAI, Register, open_register

AT_ONCE = 64
bring_in = partial(import_members, zone=SHANGHAI)
ROWS = 1_000
PHONE = "13800138000"


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


def unit(code: str) -> CreateWorkUnit:
    return CreateWorkUnit(code=code, name=code, occurred_at=MARCH)


async def ids(register: Register) -> dict[str, str]:
    async with register.database.read() as connection:
        return dict((await connection.execute(select(members.c.code, members.c.member_id))).all())


async def bring(register: Register, *rows: ImportMember) -> list[str]:
    return reasons(await register.run(bring_in, *rows))


class TestARow:
    async def test_of_an_unknown_code_puts_somebody_on_the_register(self, register: Register) -> None:
        await register.written(create_work_units, CreateWorkUnit(code="W1", name="局", occurred_at=MARCH))
        stated: dict[str, Any] = {
            "member_type": MemberType.IN_SERVICE,
            "work_unit_code": "W1",
            "phone": PHONE,
            "external_ids": {"hr": "1"},
            "skills": ("cooking",),
            "service_types": ("environment",),
            "probationary": True,
            "sort_name": "wang 2 wei",
        }
        (written,) = await register.run(bring_in, row("m1", **stated))
        assert isinstance(written, Written)
        assert len(written.facts) == 1
        found = await read(register.database, written.id)
        assert found.member.work_unit_id
        assert found.member.probationary
        assert (found.details.phone, found.details.sort_name) == ("+8613800138000", "wang 2 wei")
        assert (found.profile.skills, found.profile.service_types) == (("cooking",), ("environment",))

    async def test_that_says_what_is_known_changes_nothing(self, register: Register) -> None:
        stated: dict[str, Any] = {"phone": PHONE, "external_ids": {"hr": "1"}, "skills": ("cooking",)}
        (first,) = await register.run(bring_in, row("m1", **stated))
        assert isinstance(first, Written)
        for again in (row("m1", **stated), row("m1"), row("m1", phone="+86 138 0013 8000")):
            assert await register.run(bring_in, again) == [Written(id=first.id)]
        assert len(await register.facts()) == 1

    async def test_that_says_otherwise_is_refused_with_what_differs(self, register: Register) -> None:
        (first,) = await register.run(bring_in, row("m1", phone=PHONE, external_ids={"hr": "1"}))
        assert isinstance(first, Written)
        (refused,) = await register.run(
            bring_in,
            row("m1", "李雷", phone="13800138001", external_ids={"hr": "2"}, probationary=True),
        )
        assert isinstance(refused, Fault)
        assert refused.metadata == {"member_id": first.id}
        assert [violation.place for violation in refused.violations] == [
            "name",
            "probationary",
            "phone",
            "external_ids",
        ]
        assert PHONE not in str(refused.violations)

    async def test_that_says_otherwise_updates_if_it_says_so(self, register: Register) -> None:
        await bring(register, row("m1", phone=PHONE, external_ids={"hr": "1"}, skills=("cooking",)))
        before = await read(register.database, (await ids(register))["m1"])
        changed = row("m1", "李雷", external_ids={"app": "1"}, skills=("driving",), updates=True)
        assert await bring(register, changed) == ["WRITTEN"]
        after = await read(register.database, before.member.id)
        assert (after.details.name, after.details.sort_name) == ("李雷", "li lei")
        assert after.details.phone == before.details.phone
        assert after.details.external_ids == {"app": "1", "hr": "1"}
        assert after.profile.skills == ("driving",)
        assert len(await register.facts()) == 1
        assert await bring(register, row("m1", "李雷", probationary=True, updates=True)) == ["WRITTEN"]
        assert len(await register.facts()) == 2

    async def test_of_an_external_id_of_somebody_else_is_refused(self, register: Register) -> None:
        await bring(register, row("m1", external_ids={"hr": "1"}), row("m9"))
        outcomes = await bring(
            register,
            row("m2", "李雷", external_ids={"hr": "1"}),
            row("m2", "王伟", external_ids={"hr": "1"}),
            row("m2", "王伟", external_ids={"hr": "1"}, accepts_duplicate=True),
            row("m9", "李雷", external_ids={"hr": "1"}, updates=True),
        )
        assert outcomes == [
            "EXTERNAL_ID_TAKEN",
            "POSSIBLE_DUPLICATE",
            "EXTERNAL_ID_TAKEN",
            "EXTERNAL_ID_TAKEN",
        ]

    async def test_that_looks_like_somebody_else_is_refused_unless_accepted(self, register: Register) -> None:
        await bring(register, row("m1", phone=PHONE))
        outcomes = await register.run(
            bring_in,
            row("m2", phone=PHONE),
            row("m3", "李雷", phone="13800138001"),
            row("m4", "李雷", phone="13800138001"),
            row("m5", "韩梅梅", phone=PHONE),
            row("m2", phone=PHONE, accepts_duplicate=True),
        )
        assert reasons(outcomes) == [
            "POSSIBLE_DUPLICATE",
            "WRITTEN",
            "POSSIBLE_DUPLICATE",
            "WRITTEN",
            "WRITTEN",
        ]
        known = await ids(register)
        twins = [outcome.metadata["member_id"] for outcome in outcomes if isinstance(outcome, Fault)]
        assert twins == [known["m1"], known["m3"]]

    async def test_of_a_bad_kind_is_refused_by_itself(self, register: Register) -> None:
        outcomes = await bring(
            register,
            row("m1", member_type=MemberType.IN_SERVICE),
            row("m2", work_unit_code="nowhere"),
            row("m3", phone="+85251234567"),
            row("m4", skills=("flying",)),
            row("m5", occurred_at=MARCH + timedelta(days=36_500)),
            row("m6"),
        )
        assert outcomes == [
            "INVALID_FIELD",
            "WORK_UNIT_UNKNOWN",
            "PHONE_COUNTRY",
            "TERM_UNKNOWN",
            "INVALID_FIELD",
            "WRITTEN",
        ]

    async def test_of_another_work_unit_moves_the_member_at_its_date(self, register: Register) -> None:
        await register.written(create_work_units, *(unit(code) for code in ("W1", "W2")))
        await bring(register, row("m1", work_unit_code="W1"))
        moved: dict[str, Any] = {"work_unit_code": "W2", "occurred_at": JUNE}
        outcomes = await bring(
            register,
            row("m1", **moved),
            row("m1", updates=True, **moved),
            row("m1", updates=True, reason="late", stated_by="member:nobody", **moved),
            row("m1", updates=True, reason="late", work_unit_code="W2", occurred_at=MARCH),
            row("m1", updates=True, reason="late", probationary=True, **moved),
            row("m1", **moved),
        )
        assert outcomes == [
            "MEMBER_DIFFERS",
            "REASON_REQUIRED",
            "NOT_YOUR_SIDE",
            "AFFILIATION_CHANGED_LATER",
            "WRITTEN",
            "WRITTEN",
        ]
        fact = (await register.facts())[-1]
        body = MemberFact.FromString(fact.body.value)
        assert (fact.revision, body.probationary, len(body.earlier_work_units)) == (2, True, 1)
        assert body.earlier_work_units[0].effective_until.seconds == JUNE.timestamp()
        async with register.database.read() as connection:
            (why,) = (await connection.execute(select(reasons_table))).all()
        assert (why.record_id, why.revision, why.reason) == (body.member_id, 2, "late")
        assert await findings(register.database, *checks_of_register()) == []

    async def test_about_who_was_erased_is_refused(self, register: Register) -> None:
        await bring(register, row("m1"))
        erase = EraseMember(member_id=(await ids(register))["m1"], reason="x", stated_by="member:admin")
        await register.written(erase_members, erase)
        assert await bring(register, row("m1", updates=True)) == ["MEMBER_ERASED"]


class TestAFile:
    async def test_of_a_thousand_rows_with_three_bad_ones_brings_in_the_others(
        self, register: Register
    ) -> None:
        bad = {17: "+1", 500: "12", 999: "no"}
        rows = [row(f"m{number}", phone=bad.get(number)) for number in range(ROWS)]
        outcomes = await bring(register, *rows)
        assert outcomes.count("WRITTEN") == 997
        assert [number for number, outcome in enumerate(outcomes) if outcome != "WRITTEN"] == list(bad)
        assert await register.count(members) == 997
        assert len(await register.facts()) == 997

    async def test_sees_what_its_earlier_rows_did(self, register: Register) -> None:
        outcomes = await bring(
            register,
            row("m1"),
            row("m1"),
            row("m1", "李雷"),
            row("m1", "李雷", updates=True),
            row("m1", "李雷"),
        )
        assert outcomes == ["WRITTEN", "WRITTEN", "MEMBER_DIFFERS", "WRITTEN", "WRITTEN"]
        assert len(await register.facts()) == 1

    async def test_states_what_became_of_a_member_in_the_end(self, register: Register) -> None:
        await register.written(create_work_units, *(unit(code) for code in ("W1", "W2")))
        outcomes = await bring(
            register,
            row("m1", work_unit_code="W1"),
            row("m1", probationary=True, updates=True),
            row("m1", work_unit_code="W2", updates=True, occurred_at=None),
        )
        assert outcomes == ["WRITTEN", "WRITTEN", "WRITTEN"]
        assert [fact.revision for fact in await register.facts()][2:] == [1, 2, 3]
        assert await findings(register.database, *checks_of_register()) == []

    async def test_that_comes_many_times_at_once_comes_in_once(self, register: Register) -> None:
        rows = [row(f"m{number}", external_ids={"hr": str(number)}) for number in range(5)]
        outcomes = await asyncio.gather(
            *(bring(register, *(rows if turn % 2 else rows[::-1])) for turn in range(8))
        )
        assert {reason for each in outcomes for reason in each} == {"WRITTEN"}
        assert len(await register.facts()) == 5

    async def test_gives_an_external_id_once_however_many_ask_at_once(self, register: Register) -> None:
        outcomes = await asyncio.gather(
            *(
                bring(register, row(f"m{number}", f"王{number}", external_ids={"hr": "1"}))
                for number in range(AT_ONCE)
            )
        )
        won = sorted(reason for each in outcomes for reason in each)
        assert won == [*["EXTERNAL_ID_TAKEN"] * (AT_ONCE - 1), "WRITTEN"]
