"""Each side writes only its own side: every write of a member's community or work unit, by every caller."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, update

from services.chassis.faults import Fault
from services.members.domain.faults import NotYourSide
from services.members.domain.grid import Level
from services.members.domain.place import ScopeKind
from services.members.domain.role import RoleKind
from services.members.domain.sides import Sides
from services.members.storage.organisation_tables import roles
from services.members.storage.sides import read_sides
from services.members.storage.tables import members, work_units
from services.members.usecases.create_nodes import create_nodes
from services.members.usecases.create_work_units import CreateWorkUnit, create_work_units
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from tests.integration import databases
from tests.integration.databases import reasons
from tests.integration.members.register import (
    DESK,
    JUNE,
    MARCH,
    Register,
    end_enrolments,
    enrol,
    node,
    open_register,
)

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
REFUSED, WRITTEN = "NOT_YOUR_SIDE", "WRITTEN"


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@dataclass(frozen=True, slots=True, kw_only=True)
class Parish:
    """Two communities under a street, a hierarchy of work units, and people who hold roles there."""

    register: Register
    district_id: str
    street_id: str
    here_id: str
    elsewhere_id: str
    area_id: str
    office_id: str
    bureau_id: str
    other_bureau_id: str

    async def holder(self, code: str, kind: RoleKind, scope_id: str, scope: ScopeKind, **others: Any) -> str:
        """Put somebody with a role on the register; gives how they call."""
        (member_id,) = await self.register.members(code)
        row = {
            "role_id": f"role-{code}",
            "kind": kind,
            "member_id": member_id,
            "scope_kind": scope,
            "scope_id": scope_id,
            "valid_from": MARCH,
            "revision": 1,
            **others,
        }
        async with self.register.database.write() as connection:
            await connection.execute(insert(roles), [row])
        return f"member:{member_id}"

    async def at_node(self, code: str, kind: RoleKind, node_id: str, **others: Any) -> str:
        return await self.holder(code, kind, node_id, ScopeKind.GRID_NODE, **others)

    async def at_unit(self, code: str, kind: RoleKind, work_unit_id: str, **others: Any) -> str:
        return await self.holder(code, kind, work_unit_id, ScopeKind.WORK_UNIT, **others)

    async def sides(self, *callers: str) -> Sides:
        async with databases.working(self.register.database) as work:
            return await read_sides(
                work,
                callers,
                community_ids=[self.here_id, self.elsewhere_id],
                work_unit_ids=[self.office_id, self.bureau_id, self.other_bureau_id],
            )

    async def community_side(self, caller: str) -> str:
        return outcome_of(await self.sides(caller), "refuse_foreign_community", caller, self.here_id)

    async def unit_side(self, caller: str, work_unit_id: str | None = None) -> str:
        told = work_unit_id or self.bureau_id
        return outcome_of(await self.sides(caller), "refuse_foreign_work_unit", caller, told)


def outcome_of(sides: Sides, judgement: str, caller: str, place_id: str | None) -> str:
    try:
        getattr(sides, judgement)(caller, place_id, field="the_field")
    except NotYourSide as refusal:
        told = refusal.field == "the_field" and "LIAISON" in refusal.metadata["roles"]
        return refusal.reason if told else "refused without saying what is missing"
    return WRITTEN


@pytest.fixture
async def parish(register: Register) -> Parish:
    (district_id,) = await register.written(create_nodes, node("d", Level.DISTRICT))
    (street_id,) = await register.written(create_nodes, node("s", Level.STREET, district_id))
    here_id, elsewhere_id = await register.written(
        create_nodes, node("c1", Level.COMMUNITY, street_id), node("c2", Level.COMMUNITY, street_id)
    )
    (area_id,) = await register.written(create_nodes, node("a1", Level.AREA, here_id))
    office_id, bureau_id, other_bureau_id = await register.written(
        create_work_units,
        *(CreateWorkUnit(code=code, name=code, occurred_at=MARCH) for code in ("office", "bureau", "other")),
    )
    async with register.database.write() as connection:
        above = update(work_units).where(work_units.c.work_unit_id == bureau_id)
        await connection.execute(above.values(parent_id=office_id))
    return Parish(
        register=register,
        district_id=district_id,
        street_id=street_id,
        here_id=here_id,
        elsewhere_id=elsewhere_id,
        area_id=area_id,
        office_id=office_id,
        bureau_id=bureau_id,
        other_bureau_id=other_bureau_id,
    )


class TestTheSideOfTheCommunity:
    async def test_is_written_by_its_roles_and_those_above_it(self, parish: Parish) -> None:
        for code, kind, node_id in (
            ("secretary", RoleKind.COMMUNITY_SECRETARY, parish.here_id),
            ("first", RoleKind.FIRST_SECRETARY, parish.here_id),
            ("worker", RoleKind.GRID_WORKER, parish.here_id),
            ("liaison", RoleKind.LIAISON, parish.here_id),
            ("street", RoleKind.ORGANISER, parish.street_id),
            ("district", RoleKind.ORGANISER, parish.district_id),
        ):
            assert await parish.community_side(await parish.at_node(code, kind, node_id)) == WRITTEN, code

    async def test_is_not_written_from_elsewhere_below_or_by_other_roles(self, parish: Parish) -> None:
        for code, kind, node_id in (
            ("neighbour", RoleKind.COMMUNITY_SECRETARY, parish.elsewhere_id),
            ("worker-of-an-area", RoleKind.GRID_WORKER, parish.area_id),
            ("informant", RoleKind.INFORMANT, parish.here_id),
            ("auditor", RoleKind.AUDITOR, parish.district_id),
        ):
            assert await parish.community_side(await parish.at_node(code, kind, node_id)) == REFUSED, code
        assert await parish.community_side("member:nobody") == REFUSED

    async def test_is_not_written_by_the_work_unit(self, parish: Parish) -> None:
        caller = await parish.at_unit("liaison", RoleKind.LIAISON, parish.bureau_id)
        assert await parish.community_side(caller) == REFUSED

    async def test_is_not_written_before_or_after_the_role_is_held(self, parish: Parish) -> None:
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        for code, span in (
            ("expired", {"valid_until": JUNE}),
            ("not-yet", {"valid_from": tomorrow}),
            ("withdrawn", {"withdrawn": True}),
        ):
            caller = await parish.at_node(code, RoleKind.COMMUNITY_SECRETARY, parish.here_id, **span)
            assert await parish.community_side(caller) == REFUSED, code
        serving = await parish.at_node(
            "term", RoleKind.COMMUNITY_SECRETARY, parish.here_id, valid_until=tomorrow
        )
        assert await parish.community_side(serving) == WRITTEN

    async def test_is_not_written_by_who_is_gone(self, parish: Parish) -> None:
        (survivor_id,) = await parish.register.members("survivor")
        for code, gone in (("erased", {"erased_at": JUNE}), ("merged", {"merged_into": survivor_id})):
            caller = await parish.at_node(code, RoleKind.COMMUNITY_SECRETARY, parish.here_id)
            assert await parish.community_side(caller) == WRITTEN, code
            away = update(members).where(members.c.member_id == caller.removeprefix("member:"))
            async with parish.register.database.write() as connection:
                await connection.execute(away.values(gone))
            assert await parish.community_side(caller) == REFUSED, code


class TestTheSideOfTheWorkUnit:
    async def test_is_written_by_its_roles_and_those_above_it(self, parish: Parish) -> None:
        for code, kind, unit_id in (
            ("liaison", RoleKind.LIAISON, parish.bureau_id),
            ("organiser", RoleKind.ORGANISER, parish.bureau_id),
            ("above", RoleKind.LIAISON, parish.office_id),
        ):
            assert await parish.unit_side(await parish.at_unit(code, kind, unit_id)) == WRITTEN, code

    async def test_is_not_written_by_others(self, parish: Parish) -> None:
        for caller in (
            await parish.at_node("secretary", RoleKind.COMMUNITY_SECRETARY, parish.here_id),
            await parish.at_node("district", RoleKind.ORGANISER, parish.district_id),
            await parish.at_unit("other", RoleKind.LIAISON, parish.other_bureau_id),
            await parish.at_unit("expired", RoleKind.LIAISON, parish.bureau_id, valid_until=JUNE),
            "member:nobody",
        ):
            assert await parish.unit_side(caller) == REFUSED, caller

    async def test_is_not_written_from_below(self, parish: Parish) -> None:
        caller = await parish.at_unit("below", RoleKind.LIAISON, parish.bureau_id)
        assert await parish.unit_side(caller, parish.office_id) == REFUSED

    async def test_of_nobody_is_written_by_systems_only(self, parish: Parish) -> None:
        caller = await parish.at_unit("liaison", RoleKind.LIAISON, parish.bureau_id)
        sides = await parish.sides(caller, DESK)
        assert outcome_of(sides, "refuse_foreign_work_unit", caller, None) == REFUSED
        assert outcome_of(sides, "refuse_foreign_work_unit", DESK, None) == WRITTEN

    async def test_follows_a_merger_and_not_what_stood_above_the_merged(self, parish: Parish) -> None:
        gone, above_gone, last = await parish.register.written(
            create_work_units,
            *(CreateWorkUnit(code=code, name=code, occurred_at=MARCH) for code in ("gone", "up", "last")),
        )
        callers = [
            await parish.at_unit("of-gone", RoleKind.LIAISON, gone),
            await parish.at_unit("of-last", RoleKind.LIAISON, last),
            await parish.at_unit("of-up", RoleKind.LIAISON, above_gone),
        ]
        async with parish.register.database.write() as connection:
            for unit_id, into in ((gone, last), (last, parish.bureau_id)):
                merged = update(work_units).where(work_units.c.work_unit_id == unit_id)
                await connection.execute(merged.values(merged_into=into, parent_id=above_gone))
        assert [await parish.unit_side(caller) for caller in callers] == [WRITTEN, WRITTEN, REFUSED]

    async def test_is_found_where_a_hierarchy_has_a_circle(self, parish: Parish) -> None:
        async with parish.register.database.write() as connection:
            circle = update(work_units).where(work_units.c.work_unit_id == parish.office_id)
            await connection.execute(circle.values(parent_id=parish.bureau_id))
        caller = await parish.at_unit("liaison", RoleKind.LIAISON, parish.office_id)
        assert await parish.unit_side(caller) == WRITTEN


class TestReadingSides:
    async def test_takes_one_query_for_many_and_none_for_systems(self, parish: Parish) -> None:
        caller = await parish.at_node("secretary", RoleKind.COMMUNITY_SECRETARY, parish.here_id)
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
            statements.append(statement)

        async with databases.working(parish.register.database) as work:
            event.listen(work.connection.sync_connection, "before_cursor_execute", note)
            await read_sides(work, [DESK, DESK], community_ids=[parish.here_id], work_unit_ids=[])
            assert statements == []
            await read_sides(
                work, [caller, DESK, "member:nobody"] * 300, community_ids=[parish.here_id, "nowhere"]
            )
            assert len(statements) == 1


class TestEnrolling:
    async def test_is_the_communitys_or_ones_own(self, parish: Parish) -> None:
        secretary = await parish.at_node("secretary", RoleKind.COMMUNITY_SECRETARY, parish.here_id)
        liaison = await parish.at_unit("liaison", RoleKind.LIAISON, parish.bureau_id)
        first, second, third = await parish.register.members("m1", "m2", "m3")

        def enrolling(member_id: str, community_id: str, caller: str) -> Enrol:
            return Enrol(member_id=member_id, community_id=community_id, occurred_at=MARCH, stated_by=caller)

        outcomes = await parish.register.run(
            enrol,
            enrolling(first, parish.here_id, liaison),
            enrolling(first, parish.elsewhere_id, secretary),
            enrolling(first, parish.here_id, f"member:{second}"),
            enrolling(first, parish.here_id, secretary),
            enrolling(second, parish.elsewhere_id, f"member:{second}"),
            enrolling(third, parish.elsewhere_id, DESK),
            enrolling(third, "nowhere", secretary),
        )
        assert reasons(outcomes) == [REFUSED] * 3 + [WRITTEN] * 3 + ["NODE_UNKNOWN"]
        assert {each.field for each in outcomes if isinstance(each, Fault)} == {"community_id"}

    async def test_ends_by_the_community_and_not_by_oneself(self, parish: Parish) -> None:
        secretary = await parish.at_node("secretary", RoleKind.COMMUNITY_SECRETARY, parish.here_id)
        neighbour = await parish.at_node("neighbour", RoleKind.COMMUNITY_SECRETARY, parish.elsewhere_id)
        (member_id,) = await parish.register.members("m1")
        (enrolment_id,) = await parish.register.written(
            enrol,
            Enrol(member_id=member_id, community_id=parish.here_id, occurred_at=MARCH, stated_by=DESK),
        )
        outcomes = await parish.register.run(
            end_enrolments,
            *(
                EndEnrolment(enrolment_id=enrolment_id, occurred_at=JUNE, reason="Away.", stated_by=caller)
                for caller in (neighbour, f"member:{member_id}", secretary)
            ),
            EndEnrolment(enrolment_id="nothing", occurred_at=JUNE, reason="Moved away.", stated_by=secretary),
        )
        assert reasons(outcomes) == [REFUSED, REFUSED, WRITTEN, "ENROLMENT_UNKNOWN"]
        assert [each.field for each in outcomes if isinstance(each, Fault)][:2] == ["enrolment_id"] * 2
