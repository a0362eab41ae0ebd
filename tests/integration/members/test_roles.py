import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from linli.members.v1.facts_pb2 import RoleFact
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from services.chassis.faults import Fault
from services.members.domain.grid import Level
from services.members.domain.place import Scope, ScopeKind
from services.members.domain.role import RoleKind
from services.members.storage.organisation_tables import roles
from services.members.storage.tables import grid_nodes, members, work_units
from services.members.storage.tables import reasons as kept_reasons
from services.members.usecases.create_nodes import create_nodes
from services.members.usecases.create_work_units import CreateWorkUnit, create_work_units
from services.members.usecases.grant_roles import GrantRole, grant_roles
from services.members.usecases.revoke_roles import RevokeRole, revoke_roles
from tests.integration.databases import reasons
from tests.integration.members.register import DESK, JUNE, MARCH, Register, node, open_register

AT_ONCE = 64
DAY = timedelta(days=1)


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


def at_node(node_id: str) -> Scope:
    return Scope(kind=ScopeKind.GRID_NODE, id=node_id)


def grant(
    member_id: str, scope: Scope, kind: RoleKind = RoleKind.FIRST_SECRETARY, **others: Any
) -> GrantRole:
    stated = {"occurred_at": MARCH, "valid_until": None, **others}
    return GrantRole(member_id=member_id, scope=scope, kind=kind, **stated)


def revoke(role_id: str, at: datetime | None = JUNE) -> RevokeRole:
    return RevokeRole(role_id=role_id, occurred_at=at, reason="moved on", stated_by=DESK)


class TestGranting:
    async def test_decides_each_of_a_batch(self, register: Register) -> None:
        community = at_node(await register.community())
        (area_id,) = await register.written(create_nodes, node("a1", Level.AREA, community.id))
        first, second = await register.members("m1", "m2")
        outcomes = await register.run(
            grant_roles,
            grant(first, community),
            grant(second, community),
            grant(first, community),
            grant(second, community, RoleKind.COMMUNITY_SECRETARY),
            grant(first, at_node(area_id)),
            grant(first, at_node("nowhere")),
            grant(first, Scope(kind=ScopeKind.TEAM, id="none"), RoleKind.LIAISON),
            grant(first, Scope(kind=ScopeKind.WORK_UNIT, id="none"), RoleKind.LIAISON),
            grant("nobody", community),
            grant(second, community, RoleKind.GRID_WORKER, valid_until=MARCH),
            grant(second, at_node(area_id), RoleKind.AREA_LEADER, valid_until=datetime.now(UTC) + DAY),
            grant(second, at_node(area_id), RoleKind.INFORMANT, occurred_at=datetime.now(UTC) + DAY),
        )
        assert reasons(outcomes) == [
            "WRITTEN",
            "FIRST_SECRETARY_EXISTS",
            "ROLE_HELD",
            "WRITTEN",
            "SCOPE_NOT_ALLOWED",
            "NODE_UNKNOWN",
            "TEAM_UNKNOWN",
            "WORK_UNIT_UNKNOWN",
            "MEMBER_UNKNOWN",
            "INVALID_FIELD",
            "WRITTEN",
            "INVALID_FIELD",
        ]
        refused = [each for each in outcomes if isinstance(each, Fault)]
        assert [each.field for each in refused] == [
            "scope.node_id",
            "kind",
            "scope.node_id",
            "scope.node_id",
            "scope.team_id",
            "scope.work_unit_id",
            "member_id",
            "valid_until",
            "occurred_at",
        ]
        assert await register.count(roles) == 3

    async def test_names_the_role_that_stands_in_the_way(self, register: Register) -> None:
        community = at_node(await register.community())
        first, second = await register.members("m1", "m2")
        (role_id,) = await register.written(grant_roles, grant(first, community))
        (outcome,) = await register.run(grant_roles, grant(second, community))
        assert isinstance(outcome, Fault)
        assert outcome.metadata == {"role_id": role_id, "member_id": first, "node_id": community.id}

    async def test_64_first_secretaries_at_once_lets_exactly_one_win(self, register: Register) -> None:
        community = at_node(await register.community())
        member_ids = await register.members(*(f"m{n}" for n in range(AT_ONCE)))
        outcomes = await asyncio.gather(
            *(register.run(grant_roles, grant(each, community)) for each in member_ids)
        )
        won = sorted(reason for each in outcomes for reason in reasons(each))
        assert won == [*["FIRST_SECRETARY_EXISTS"] * (AT_ONCE - 1), "WRITTEN"]
        assert await register.count(roles) == 1
        stated = [fact for fact in await register.facts() if fact.body.type_url.endswith("RoleFact")]
        assert len(stated) == 1

    async def test_one_member_many_times_at_once_lets_exactly_one_win(self, register: Register) -> None:
        community = at_node(await register.community())
        (member_id,) = await register.members("m1")
        command = grant(member_id, community, RoleKind.GRID_WORKER)
        outcomes = await asyncio.gather(*(register.run(grant_roles, command) for _ in range(8)))
        assert sorted(reason for each in outcomes for reason in reasons(each)) == [
            *["ROLE_HELD"] * 7,
            "WRITTEN",
        ]

    async def test_follows_a_term_that_ends_with_the_next(self, register: Register) -> None:
        community = at_node(await register.community())
        first, second, third = await register.members("m1", "m2", "m3")
        outcomes = await register.run(
            grant_roles,
            grant(second, community, occurred_at=JUNE),
            grant(first, community, valid_until=JUNE),
            grant(third, community, occurred_at=JUNE - DAY, valid_until=JUNE),
        )
        assert reasons(outcomes) == ["WRITTEN", "WRITTEN", "FIRST_SECRETARY_EXISTS"]

    async def test_refuses_who_is_gone_and_where_nothing_is_any_more(self, register: Register) -> None:
        community = at_node(await register.community())
        merged, erased, member_id = await register.members("m1", "m2", "m3")
        (unit_id,) = await register.written(
            create_work_units, CreateWorkUnit(code="w", name="w", occurred_at=MARCH)
        )
        (area_id,) = await register.written(create_nodes, node("a1", Level.AREA, community.id))
        async with register.database.write() as connection:
            for statement in (
                update(members).where(members.c.member_id == merged).values(merged_into=member_id),
                update(members).where(members.c.member_id == erased).values(erased_at=JUNE),
                update(grid_nodes).where(grid_nodes.c.node_id == area_id).values(closed_at=JUNE),
                update(work_units).where(work_units.c.work_unit_id == unit_id).values(closed_at=JUNE),
            ):
                await connection.execute(statement)
        outcomes = await register.run(
            grant_roles,
            grant(merged, community),
            grant(erased, community),
            grant(member_id, at_node(area_id), RoleKind.AREA_LEADER),
            grant(member_id, Scope(kind=ScopeKind.WORK_UNIT, id=unit_id), RoleKind.LIAISON),
        )
        assert reasons(outcomes) == ["MEMBER_MERGED", "MEMBER_ERASED", "NODE_CLOSED", "WORK_UNIT_CLOSED"]
        assert await register.count(roles) == 0

    async def test_at_a_merged_work_unit_is_at_what_it_was_merged_into(self, register: Register) -> None:
        (member_id,) = await register.members("m1")
        unit_ids = await register.written(
            create_work_units,
            *(CreateWorkUnit(code=code, name=code, occurred_at=MARCH) for code in ("w1", "w2", "w3")),
        )
        async with register.database.write() as connection:
            for gone, into in pairwise(unit_ids):
                merged = update(work_units).where(work_units.c.work_unit_id == gone)
                await connection.execute(merged.values(merged_into=into))
        scopes = [Scope(kind=ScopeKind.WORK_UNIT, id=each) for each in unit_ids]
        outcomes = await register.run(
            grant_roles, *(grant(member_id, scope, RoleKind.LIAISON) for scope in scopes)
        )
        assert reasons(outcomes) == ["WRITTEN", "ROLE_HELD", "ROLE_HELD"]
        body = RoleFact.FromString((await register.facts())[-1].body.value)
        assert body.scope.work_unit_id == unit_ids[-1]

    async def test_states_who_holds_what_where_and_on_what_it_rests(self, register: Register) -> None:
        community = at_node(await register.community())
        (member_id,) = await register.members("m1")
        (role_id,) = await register.written(grant_roles, grant(member_id, community, valid_until=JUNE))
        fact = (await register.facts())[-1]
        body = RoleFact.FromString(fact.body.value)
        assert (body.role_id, body.member_id, body.scope.node_id) == (role_id, member_id, community.id)
        assert (fact.record_id, fact.revision) == (role_id, 1)
        assert [(each.kind, each.id) for each in fact.subjects] == [("member", member_id)]
        assert {each.record_id for each in fact.causes} == {member_id, community.id}
        assert body.valid_until.seconds == JUNE.timestamp()


class TestTheDatabaseItself:
    async def test_keeps_one_first_secretary_of_a_community_at_a_time(self, register: Register) -> None:
        community_id = await register.community()
        first, second = await register.members("m1", "m2")

        async def put(role_id: str, member_id: str, **others: Any) -> None:
            row = {
                "role_id": role_id,
                "kind": RoleKind.FIRST_SECRETARY,
                "member_id": member_id,
                "scope_kind": ScopeKind.GRID_NODE,
                "scope_id": community_id,
                "valid_from": MARCH,
                "revision": 1,
                **others,
            }
            async with register.database.write() as connection:
                await connection.execute(insert(roles), [row])

        await put("r1", first, valid_until=JUNE)
        await put("r2", second, valid_from=JUNE)
        await put("elsewhere", second, scope_id="another")
        await put("fell-away", second, withdrawn=True)
        await put("secretary", second, kind=RoleKind.COMMUNITY_SECRETARY)
        for span in ({"valid_until": MARCH + DAY}, {}, {"valid_from": JUNE - DAY, "valid_until": JUNE}):
            with pytest.raises(IntegrityError):
                await put("r3", second, **span)
        longer = update(roles).where(roles.c.role_id == "r1").values(valid_until=JUNE + DAY)
        async with register.database.write() as connection:
            with pytest.raises(IntegrityError):
                await connection.execute(longer)


class TestRevoking:
    async def test_ends_a_role_and_keeps_why(self, register: Register) -> None:
        community = at_node(await register.community())
        first, second = await register.members("m1", "m2")
        (role_id,) = await register.written(grant_roles, grant(first, community))
        await register.written(revoke_roles, revoke(role_id))
        await register.written(grant_roles, grant(second, community, occurred_at=JUNE))
        granted, revoked, _ = (await register.facts())[-3:]
        assert (granted.revision, revoked.revision) == (1, 2)
        assert granted.effective_at == revoked.effective_at
        assert RoleFact.FromString(revoked.body.value).valid_until.seconds == JUNE.timestamp()
        assert b"moved on" not in revoked.SerializeToString()
        async with register.database.read() as connection:
            (kept,) = await connection.execute(select(kept_reasons))
        assert (kept.record_id, kept.revision, kept.reason, kept.stated_by) == (role_id, 2, "moved on", DESK)

    async def test_is_refused_twice_before_the_start_and_of_the_unknown(self, register: Register) -> None:
        community = at_node(await register.community())
        (member_id,) = await register.members("m1")
        role_id, term, fell_away = await register.written(
            grant_roles,
            grant(member_id, community),
            grant(member_id, community, RoleKind.GRID_WORKER, valid_until=JUNE),
            grant(member_id, community, RoleKind.INSTRUCTOR),
        )
        async with register.database.write() as connection:
            withdrawn = update(roles).where(roles.c.role_id == fell_away).values(withdrawn=True)
            await connection.execute(withdrawn)
        outcomes = await register.run(
            revoke_roles,
            revoke(role_id, MARCH),
            revoke(role_id, datetime.now(UTC) + DAY),
            revoke(role_id),
            revoke(role_id),
            revoke(term, JUNE + DAY),
            revoke(term, JUNE - DAY),
            revoke(fell_away),
            revoke("nothing"),
        )
        assert reasons(outcomes) == [
            "ENDS_BEFORE_START",
            "INVALID_FIELD",
            "WRITTEN",
            "ROLE_ENDED",
            "ROLE_ENDED",
            "WRITTEN",
            "ROLE_ENDED",
            "ROLE_UNKNOWN",
        ]
