"""Two work units that turned out to be one: what goes over, and what is refused."""

from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Any

import pytest
from linli.members.v1.facts_pb2 import MemberFact, PairingFact, RoleFact, TeamFact, WorkUnitFact
from sqlalchemy import insert, select

from services.chassis.faults import Fault
from services.chassis.sql.columns import insert_columns
from services.members.domain.affiliation import unit_at
from services.members.domain.pairing import PairingKind
from services.members.domain.work_unit import WorkUnitKind
from services.members.domain.work_unit_merge import RECORDS_MAX
from services.members.storage.organisation_tables import foreign_codes, roles, teams
from services.members.storage.pairings import read_pairings
from services.members.storage.tables import members, reasons
from services.members.storage.work_units import read_current
from services.members.usecases.create_pairings import create_pairings
from services.members.usecases.merge_work_units import merge_work_units, plan_merge
from tests.integration.databases import reasons as outcomes_of
from tests.integration.members import organisations as make
from tests.integration.members.register import JUNE, MARCH, Register, open_register

INSTANT = timedelta(microseconds=1)


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


async def latest(register: Register, record_id: str, body: Any) -> Any:
    """Read the newest fact about a record."""
    found = [fact for fact in await register.facts() if fact.record_id == record_id]
    return body.FromString(max(found, key=lambda fact: fact.revision).body.value)


async def add_roles(register: Register, holders: dict[str, tuple[str, str, datetime | None]]) -> None:
    """Let members be liaison: by role id, who, where and until when."""
    rows = [
        {
            "role_id": role_id,
            "kind": "LIAISON",
            "member_id": member_id,
            "scope_kind": "WORK_UNIT",
            "scope_id": unit_id,
            "valid_from": MARCH,
            "valid_until": until,
            "revision": 1,
        }
        for role_id, (member_id, unit_id, until) in holders.items()
    ]
    async with register.database.write() as connection:
        await connection.execute(insert(roles), rows)


async def add_team(register: Register, team_id: str, unit_id: str) -> None:
    row = {
        "team_id": team_id,
        "code": team_id,
        "name": team_id,
        "team_type": "VOLUNTEER",
        "work_unit_id": unit_id,
        "effective_from": MARCH,
        "revision": 1,
    }
    async with register.database.write() as connection:
        await connection.execute(insert(teams), [row])


class TestMerging:
    async def test_moves_members_from_that_day_on(self, register: Register) -> None:
        stays, goes = await make.units(register, "stays", "goes")
        (moved_id,) = await make.employed(register, "m1", work_unit_id=goes)
        (other_id,) = await make.employed(register, "m2", work_unit_id=stays)
        assert await register.written(merge_work_units, make.merging(stays, goes)) == [stays]
        moved, other = await make.member_of(register, moved_id), await make.member_of(register, other_id)
        assert (moved.work_unit_id, moved.work_unit_since, moved.revision) == (stays, JUNE, 2)
        assert (unit_at(moved, JUNE - INSTANT), unit_at(moved, JUNE)) == (goes, stays)
        assert (other.work_unit_id, other.revision) == (stays, 1)
        stated = await latest(register, moved_id, MemberFact)
        assert [each.work_unit_id for each in stated.earlier_work_units] == [goes]
        assert (await latest(register, goes, WorkUnitFact)).merged_into == stays
        async with register.database.read() as connection:
            kept = await connection.execute(select(reasons.c.reason).where(reasons.c.record_id == goes))
            assert kept.scalars().all() == ["the same office"]
        assert await make.breaches(register) == []

    async def test_hangs_sub_units_under_the_survivor_and_forwards_old_ids(self, register: Register) -> None:
        first, second, third = await make.units(register, "first", "second", "third")
        (below,) = await make.units(register, "below", parent_id=first)
        await register.written(merge_work_units, make.merging(second, first))
        await register.written(merge_work_units, make.merging(third, second))
        async with register.database.read() as connection:
            current = await read_current(connection, [first, second, third, below, "nobody"])
        assert {asked: unit.id for asked, unit in current.items()} == {
            first: third,
            second: third,
            third: third,
            below: below,
        }
        assert current[below].parent_id == third
        assert [each.merged_into for each in await make.held(register, first, second)] == [third, third]
        assert await make.breaches(register) == []

    async def test_lets_a_survivor_from_below_take_the_place(self, register: Register) -> None:
        (top,) = await make.units(register, "top")
        (goes,) = await make.units(register, "goes", parent_id=top)
        (between,) = await make.units(register, "between", parent_id=goes)
        (stays,) = await make.units(register, "stays", parent_id=between)
        await register.written(merge_work_units, make.merging(stays, goes))
        after = await make.held(register, stays, between)
        assert [each.parent_id for each in after] == [top, stays]
        assert await make.breaches(register) == []

    async def test_takes_over_pairings_teams_roles_and_foreign_codes(self, register: Register) -> None:
        (stays,) = await make.units(register, "stays")
        (goes,) = await make.units(register, "goes", foreign_codes=make.foreign("1", "2"))
        community_id = await register.community()
        kept, double, alone = await register.written(
            create_pairings,
            make.pairing(stays, community_id),
            make.pairing(goes, community_id),
            make.pairing(goes, community_id, kind=PairingKind.ASSISTANCE),
        )
        both_id, once_id = await register.members("m1", "m2")
        await add_roles(
            register,
            {
                "r1": (both_id, stays, None),
                "r2": (both_id, goes, None),
                "r3": (once_id, goes, JUNE),
            },
        )
        await add_team(register, "t1", goes)
        await register.written(merge_work_units, make.merging(stays, goes))
        async with register.database.read() as connection:
            pairings = await read_pairings(connection, [kept, double, alone])
            codes = (await connection.execute(select(foreign_codes.c.work_unit_id))).scalars().all()
            held = await connection.execute(select(roles.c.role_id, roles.c.scope_id, roles.c.withdrawn))
            at = {row.role_id: (row.scope_id, row.withdrawn) for row in held}
        assert {each.work_unit_id for each in pairings.values()} == {stays}
        assert [pairings[each].ended_at for each in (kept, double, alone)] == [None, JUNE, None]
        assert codes == [stays, stays]
        assert at == {"r1": (stays, False), "r2": (stays, True), "r3": (stays, False)}
        assert (await latest(register, double, PairingFact)).work_unit_id == stays
        assert (await latest(register, "t1", TeamFact)).work_unit_id == stays
        assert (await latest(register, "r2", RoleFact)).withdrawn
        assert not [each for each in await make.breaches(register) if "r1" not in each]

    async def test_answers_what_would_change_and_changes_nothing(self, register: Register) -> None:
        stays, goes = await make.units(register, "stays", "goes")
        await make.employed(register, "m1", "m2", work_unit_id=goes)
        before = len(await register.facts())
        async with register.database.read() as connection:
            now = await register.database.now(connection)
            plan = await plan_merge(connection, make.merging(stays, goes), now=now)
        assert (len(plan.members), plan.duplicate.merged_into) == (2, stays)
        assert len(await register.facts()) == before


class TestRefusing:
    async def test_what_cannot_be_merged(self, register: Register) -> None:
        stays, goes, closed = await make.units(register, "stays", "goes", "closed")
        await register.written(make.close_units, make.closing(closed))
        outcomes = await register.run(
            merge_work_units,
            make.merging(stays, stays),
            make.merging(stays, "nobody"),
            make.merging(closed, goes),
            make.merging(stays, closed),
            make.merging(stays, goes),
            make.merging(stays, goes),
            make.merging(goes, stays),
        )
        assert outcomes_of(outcomes) == [
            "SAME_WORK_UNIT",
            "WORK_UNIT_UNKNOWN",
            "WORK_UNIT_CLOSED",
            "WORK_UNIT_CLOSED",
            "WRITTEN",
            "SAME_WORK_UNIT",
            "SAME_WORK_UNIT",
        ]

    async def test_a_day_before_somebody_came(self, register: Register) -> None:
        stays, goes, other = await make.units(register, "stays", "goes", "other")
        early, late = await make.employed(register, "m1", "m2", work_unit_id=other)
        await register.written(make.change_units, make.moving(early, goes, occurred_at=JUNE - INSTANT))
        await register.written(make.change_units, make.moving(late, goes, occurred_at=JUNE))
        (refused,) = await register.run(merge_work_units, make.merging(stays, goes))
        assert isinstance(refused, Fault)
        assert (refused.reason, refused.metadata["member_id"]) == ("AFFILIATION_CHANGED_LATER", late)
        assert (await make.member_of(register, early)).work_unit_id == goes
        assert await make.breaches(register) == []
        await register.written(merge_work_units, make.merging(stays, goes, occurred_at=JUNE + INSTANT))

    async def test_adouble_pairing_that_began_later(self, register: Register) -> None:
        stays, goes = await make.units(register, "stays", "goes")
        community_id = await register.community()
        await register.written(create_pairings, make.pairing(stays, community_id))
        await register.written(create_pairings, make.pairing(goes, community_id, occurred_at=JUNE))
        refused = await register.run(merge_work_units, make.merging(stays, goes))
        assert outcomes_of(refused) == ["ENDS_BEFORE_START"]

    async def test_a_social_organisation_into_another_kind(self, register: Register) -> None:
        (stays,) = await make.units(register, "stays")
        (goes,) = await make.units(register, "goes", kind=WorkUnitKind.SOCIAL_ORGANISATION)
        as_social = make.pairing(goes, await register.community(), kind=PairingKind.SOCIAL_ORGANISATION)
        await register.written(create_pairings, as_social)
        refused = await register.run(merge_work_units, make.merging(stays, goes))
        assert outcomes_of(refused) == ["WORK_UNIT_KIND_MISMATCH"]

    async def test_more_records_than_one_merge_may_change(self, register: Register) -> None:
        stays, goes = await make.units(register, "stays", "goes")
        rows = [
            {
                "member_id": f"m{n:05}",
                "code": f"m{n:05}",
                "member_type": "RESIDENT",
                "work_unit_id": goes,
                "registered_at": MARCH,
                "revision": 1,
            }
            for n in range(RECORDS_MAX + 1)
        ]
        async with register.database.write() as connection:
            await insert_columns(connection, members, rows)
        (refused,) = await register.run(merge_work_units, make.merging(stays, goes))
        assert isinstance(refused, Fault)
        assert refused.reason == "WORK_UNIT_TOO_LARGE"
        assert refused.metadata == {"records": str(RECORDS_MAX + 1), "records_max": str(RECORDS_MAX)}
