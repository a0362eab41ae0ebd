"""Work units: their hierarchy, their codes, and what becomes of them."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from linli.members.v1.facts_pb2 import WorkUnitFact
from sqlalchemy import insert, select, update

from services.chassis.faults import Fault
from services.members.domain.organisation import Changes
from services.members.domain.pairing import PairingKind
from services.members.domain.work_unit import WorkUnitKind
from services.members.storage.organisation_tables import foreign_codes, pairings
from services.members.storage.tables import past_work_units, reasons, work_units
from services.members.usecases.create_pairings import create_pairings
from services.members.usecases.create_work_units import create_work_units
from services.members.usecases.import_work_units import import_work_units
from services.members.usecases.update_work_units import UpdateWorkUnit, change_work_units
from tests.integration.databases import reasons as outcomes_of
from tests.integration.members import organisations as make
from tests.integration.members.register import JUNE, MARCH, Register, open_register

WRITERS = 8
INSTANT = timedelta(microseconds=1)


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


class TestAWorkUnit:
    async def test_hangs_under_one_that_exists_and_has_foreign_codes_of_its_own(
        self, register: Register
    ) -> None:
        (office,) = await make.units(register, "office", foreign_codes=make.foreign("1"))
        outcomes = await register.run(
            create_work_units,
            make.unit("bureau", parent_id=office, kind=WorkUnitKind.PUBLIC_INSTITUTION),
            make.unit("lost", parent_id="nobody"),
            make.unit("other", foreign_codes=make.foreign("1")),
            make.unit("another", foreign_codes=make.foreign("2")),
            make.unit("third", foreign_codes=make.foreign("2")),
        )
        assert outcomes_of(outcomes) == [
            "WRITTEN",
            "WORK_UNIT_UNKNOWN",
            "CODE_TAKEN",
            "WRITTEN",
            "CODE_TAKEN",
        ]
        _, fact, _ = await register.facts()
        assert WorkUnitFact.FromString(fact.body.value).parent_id == office
        assert await register.count(foreign_codes) == 2
        assert await make.breaches(register) == []

    async def test_is_changed_as_it_was_read_and_not_otherwise(self, register: Register) -> None:
        (office, bureau) = await make.units(register, "office", "bureau")
        renamed = await make.changing(register, office, name="New office")
        assert outcomes_of(await register.run(change_work_units, renamed, renamed)) == [
            "WRITTEN",
            "ETAG_STALE",
        ]
        (after,) = await make.held(register, office)
        assert (after.name, after.revision) == ("New office", 2)
        of_another = UpdateWorkUnit(work_unit_id=bureau, etag=after.etag, changes=Changes(name="x"))
        assert outcomes_of(await register.run(change_work_units, of_another)) == ["ETAG_STALE"]
        assert await make.breaches(register) == []

    async def test_that_is_so_already_states_nothing(self, register: Register) -> None:
        (office,) = await make.units(register, "office")
        same = await make.changing(register, office, name="office", kind=(None,))
        (outcome,) = await register.run(change_work_units, same)
        assert not isinstance(outcome, Fault)
        assert (outcome.id, outcome.facts) == (office, ())

    async def test_never_hangs_under_itself(self, register: Register) -> None:
        (top,) = await make.units(register, "top")
        (middle,) = await make.units(register, "middle", parent_id=top)
        (bottom,) = await make.units(register, "bottom", parent_id=middle)
        for parent in (top, middle, bottom):
            move = await make.changing(register, top, parent_id=(parent,))
            assert outcomes_of(await register.run(change_work_units, move)) == ["WORK_UNIT_UNDER_ITSELF"]
        await register.written(change_work_units, await make.changing(register, bottom, parent_id=(None,)))
        await register.written(change_work_units, await make.changing(register, top, parent_id=(bottom,)))
        assert await make.breaches(register) == []

    async def test_is_not_moved_in_a_circle_by_two_at_once(self, register: Register) -> None:
        one, other = await make.units(register, "one", "other")
        moves = [
            await make.changing(register, one, parent_id=(other,)),
            await make.changing(register, other, parent_id=(one,)),
        ]
        outcomes = await asyncio.gather(*(register.run(change_work_units, move) for move in moves))
        assert sorted(reason for each in outcomes for reason in outcomes_of(each)) == [
            "WORK_UNIT_UNDER_ITSELF",
            "WRITTEN",
        ]
        assert await make.breaches(register) == []

    async def test_paired_as_a_social_organisation_stays_one(self, register: Register) -> None:
        (club,) = await make.units(register, "club", kind=WorkUnitKind.SOCIAL_ORGANISATION)
        as_social = make.pairing(club, await register.community(), kind=PairingKind.SOCIAL_ORGANISATION)
        await register.written(create_pairings, as_social)
        other = await make.changing(register, club, kind=(WorkUnitKind.SCHOOL,))
        assert outcomes_of(await register.run(change_work_units, other)) == ["WORK_UNIT_KIND_MISMATCH"]


class TestClosing:
    async def test_is_refused_while_anything_belongs_to_it(self, register: Register) -> None:
        office, bureau, paired = await make.units(register, "office", "bureau", "paired")
        (below,) = await make.units(register, "below", parent_id=bureau)
        await make.employed(register, "m1", work_unit_id=office)
        await register.written(create_pairings, make.pairing(paired, await register.community()))
        outcomes = await register.run(
            make.close_units, make.closing(office), make.closing(bureau), make.closing(paired)
        )
        assert outcomes_of(outcomes) == ["WORK_UNIT_IN_USE"] * 3
        counted = [each.metadata for each in outcomes if isinstance(each, Fault)]
        assert [(each["members"], each["sub_units"], each["pairings"]) for each in counted] == [
            ("1", "0", "0"),
            ("0", "1", "0"),
            ("0", "0", "1"),
        ]
        assert outcomes_of(
            await register.run(make.close_units, make.closing(below), make.closing(bureau))
        ) == ["WRITTEN", "WRITTEN"]
        assert await make.breaches(register) == []

    async def test_is_refused_before_it_was_last_used_and_needs_a_reason(self, register: Register) -> None:
        office, other = await make.units(register, "office", "other")
        (member_id,) = await make.employed(register, "m1", work_unit_id=office)
        await register.written(make.change_units, make.moving(member_id, other))
        outcomes = await register.run(
            make.close_units,
            make.closing(office, occurred_at=JUNE - INSTANT),
            make.closing(office, occurred_at=MARCH),
            make.closing(office, reason=""),
            make.closing(office),
            make.closing(office),
            make.closing("nobody"),
        )
        assert outcomes_of(outcomes) == [
            "WORK_UNIT_USED_LATER",
            "ENDS_BEFORE_START",
            "REASON_REQUIRED",
            "WRITTEN",
            "WORK_UNIT_CLOSED",
            "WORK_UNIT_UNKNOWN",
        ]
        async with register.database.read() as connection:
            kept = await connection.execute(select(reasons.c.reason).where(reasons.c.record_id == office))
            assert kept.scalars().all() == ["dissolved"]

    async def test_lets_nobody_in_any_more_also_when_both_happen_at_once(self, register: Register) -> None:
        (office,) = await make.units(register, "office")
        entering = [make.employed(register, f"m{n}", work_unit_id=office) for n in range(WRITERS)]
        outcomes = await asyncio.gather(
            *entering, register.run(make.close_units, make.closing(office)), return_exceptions=True
        )
        (closed,) = await make.held(register, office)
        entered = [each for each in outcomes[:-1] if not isinstance(each, BaseException)]
        assert bool(entered) == (closed.closed_at is None)
        assert await make.breaches(register) == []


class TestImporting:
    async def test_adds_finds_refuses_and_updates(self, register: Register) -> None:
        added = await register.written(
            import_work_units, make.row("office"), make.row("bureau", parent_code="office")
        )
        outcomes = await register.run(
            import_work_units,
            make.row("office"),
            make.row("bureau", name="Bureau", kind=WorkUnitKind.SCHOOL),
            make.row("bureau", name="Bureau", foreign_codes=make.foreign("7"), updates=True),
            make.row("bureau", name="Bureau", parent_code="office", foreign_codes=make.foreign("7")),
            make.row("office", parent_code="bureau", updates=True),
            make.row("lost", parent_code="nowhere"),
            make.row("new", parent_code="bureau"),
            make.row("newer", foreign_codes=make.foreign("7")),
        )
        assert outcomes_of(outcomes) == [
            "WRITTEN",
            "WORK_UNIT_DIFFERS",
            "WRITTEN",
            "WRITTEN",
            "WORK_UNIT_UNDER_ITSELF",
            "WORK_UNIT_UNKNOWN",
            "WRITTEN",
            "CODE_TAKEN",
        ]
        found, differs, updated, again = outcomes[:4]
        assert isinstance(differs, Fault)
        assert [each.place for each in differs.violations] == ["name", "kind"]
        assert [each.facts != () for each in (found, updated, again) if not isinstance(each, Fault)] == [
            False,
            True,
            False,
        ]
        assert [each.id for each in (found, updated) if not isinstance(each, Fault)] == added
        assert await make.breaches(register) == []

    async def test_takes_rows_in_any_order_of_codes(self, register: Register) -> None:
        rows = [make.row("z"), make.row("a", parent_code="z"), make.row("b", parent_code="a")]
        top, middle, bottom = await register.written(import_work_units, *rows)
        held = await make.held(register, top, middle, bottom)
        assert [each.parent_id for each in held] == [None, top, middle]
        assert await make.breaches(register) == []

    async def test_twice_at_once_adds_each_once(self, register: Register) -> None:
        rows = [make.row(f"u{n}", foreign_codes=make.foreign(str(n))) for n in range(20)]
        attempts = [register.run(import_work_units, *rows) for _ in range(WRITERS)]
        outcomes = await asyncio.gather(*attempts)
        assert {reason for each in outcomes for reason in outcomes_of(each)} == {"WRITTEN"}
        assert await register.count(work_units) == 20
        assert len(await register.facts()) == 20


class TestVerifying:
    async def test_finds_what_was_tampered_with(self, register: Register) -> None:
        office, bureau, gone = await make.units(register, "office", "bureau", "gone")
        (member_id,) = await make.employed(register, "m1", work_unit_id=office)
        community_id = await register.community()
        (pairing_id,) = await register.written(create_pairings, make.pairing(bureau, community_id))
        assert await make.breaches(register) == []
        unit = work_units.c.work_unit_id
        async with register.database.write() as connection:
            for unit_id, values in (
                (office, {"parent_id": bureau, "closed_at": JUNE}),
                (bureau, {"parent_id": office}),
                (gone, {"merged_into": office}),
            ):
                await connection.execute(update(work_units).where(unit == unit_id).values(values))
            await connection.execute(update(pairings).values(kind=PairingKind.SOCIAL_ORGANISATION))
            span = {
                "member_id": member_id,
                "effective_from": MARCH,
                "effective_until": JUNE,
                "work_unit_id": gone,
            }
            await connection.execute(insert(past_work_units), [span])
            code = {"system": "hr", "foreign_code": "1", "work_unit_id": gone}
            await connection.execute(insert(foreign_codes), [code])
        assert set(await make.breaches(register)) >= {
            f"work units equal their facts: record {office} differs from its fact",
            f"pairings equal their facts: record {pairing_id} differs from its fact",
            f"nothing names a work unit that was merged: work_units: {gone}",
            f"nothing belongs to a closed work unit: work_units: {office}",
            f"a social organisation is paired as one: pairings: {pairing_id}",
            f"no work unit hangs under itself: work_units: {office}",
            f"the work units of a member follow each other without gaps: members: {member_id}",
        }
