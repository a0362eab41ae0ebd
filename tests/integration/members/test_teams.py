import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from linli.members.v1.facts_pb2 import RoleFact, TeamFact, TeamMembershipFact
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from services.chassis.faults import Fault
from services.members.domain.place import Scope, ScopeKind
from services.members.domain.role import RoleKind
from services.members.domain.team import TeamType
from services.members.storage.organisation_tables import team_memberships, teams
from services.members.storage.tables import grid_nodes, members
from services.members.storage.tables import reasons as kept_reasons
from services.members.usecases.add_team_members import AddTeamMember, add_team_members
from services.members.usecases.close_teams import CloseTeam, close_teams
from services.members.usecases.create_teams import CreateTeam, create_teams
from services.members.usecases.end_memberships import EndTeamMembership, end_memberships
from services.members.usecases.grant_roles import GrantRole, grant_roles
from services.members.usecases.update_teams import UpdateTeam, change_teams
from tests.integration.databases import ZONE, reasons
from tests.integration.members.register import DESK, JUNE, MARCH, Register, open_register

AT_ONCE = 64
DAY = timedelta(days=1)
END = partial(end_memberships, zone=ZoneInfo(ZONE))
CLOSE = partial(close_teams, zone=ZoneInfo(ZONE))


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


def team(code: str = "t1", **others: Any) -> CreateTeam:
    stated = {
        "name": code,
        "team_type": TeamType.PATROL,
        "node_id": None,
        "work_unit_id": None,
        "occurred_at": MARCH,
        **others,
    }
    return CreateTeam(code=code, **stated)


def joining(team_id: str, member_id: str, at: datetime | None = MARCH) -> AddTeamMember:
    return AddTeamMember(team_id=team_id, member_id=member_id, occurred_at=at)


def leaving(membership_id: str, at: datetime | None = JUNE, reason: str = "moved") -> EndTeamMembership:
    return EndTeamMembership(membership_id=membership_id, occurred_at=at, reason=reason, stated_by=DESK)


def closing(team_id: str, at: datetime | None = JUNE, reason: str = "done") -> CloseTeam:
    return CloseTeam(team_id=team_id, occurred_at=at, reason=reason, stated_by=DESK)


class TestTeams:
    async def test_are_made_where_there_is_something(self, register: Register) -> None:
        community_id = await register.community()
        outcomes = await register.run(
            create_teams,
            team("t1", node_id=community_id),
            team("t1"),
            team("t2", node_id="nowhere"),
            team("t3", work_unit_id="none"),
            team("t4", occurred_at=datetime.now(UTC) + DAY),
        )
        assert reasons(outcomes) == [
            "WRITTEN",
            "CODE_TAKEN",
            "NODE_UNKNOWN",
            "WORK_UNIT_UNKNOWN",
            "INVALID_FIELD",
        ]
        fact = (await register.facts())[-1]
        body = TeamFact.FromString(fact.body.value)
        assert (body.code, body.node_id, body.work_unit_id) == ("t1", community_id, "")
        assert [(each.kind, each.id) for each in fact.subjects] == [("team", body.team_id)]

    async def test_race_for_a_code_and_one_wins(self, register: Register) -> None:
        outcomes = await asyncio.gather(*(register.run(create_teams, team()) for _ in range(8)))
        assert sorted(reason for each in outcomes for reason in reasons(each)) == [
            *["CODE_TAKEN"] * 7,
            "WRITTEN",
        ]

    async def test_change_as_they_were_read_only(self, register: Register) -> None:
        community_id = await register.community()
        team_id, other_id = await register.written(create_teams, team("t1", node_id=community_id), team("t2"))
        await register.written(CLOSE, closing(other_id))

        def change(etag: str, team_id: str = team_id, **changes: str | None) -> UpdateTeam:
            return UpdateTeam(team_id=team_id, etag=etag, changes=changes)

        async with register.database.write() as connection:
            closed = update(grid_nodes).where(grid_nodes.c.node_id == community_id).values(closed_at=JUNE)
            await connection.execute(closed)
        outcomes = await register.run(
            change_teams,
            change("1", name="巡逻队"),
            change("1", name="again"),
            change("2", node_id=community_id),
            change("2", node_id=None),
            change("2", team_id=other_id, name="late"),
            change("1", team_id="none", name="x"),
        )
        assert reasons(outcomes) == [
            "WRITTEN",
            "ETAG_STALE",
            "NODE_CLOSED",
            "WRITTEN",
            "TEAM_CLOSED",
            "TEAM_UNKNOWN",
        ]
        async with register.database.read() as connection:
            row = (await connection.execute(select(teams).where(teams.c.team_id == team_id))).one()
        assert (row.name, row.node_id, row.revision) == ("巡逻队", None, 3)


class TestMemberships:
    async def test_begin_and_end_each_decided_by_itself(self, register: Register) -> None:
        (team_id,) = await register.written(create_teams, team())
        first, second, merged = await register.members("m1", "m2", "m3")
        async with register.database.write() as connection:
            gone = update(members).where(members.c.member_id == merged).values(merged_into=first)
            await connection.execute(gone)
        outcomes = await register.run(
            add_team_members,
            joining(team_id, first),
            joining(team_id, first, JUNE),
            joining("none", first),
            joining(team_id, "nobody"),
            joining(team_id, merged),
            joining(team_id, second),
        )
        assert reasons(outcomes) == [
            "WRITTEN",
            "ALREADY_IN_TEAM",
            "TEAM_UNKNOWN",
            "MEMBER_UNKNOWN",
            "MEMBER_MERGED",
            "WRITTEN",
        ]
        membership_id = outcomes[0].id  # type: ignore[union-attr] # the first was written
        ended = await register.run(
            END,
            leaving(membership_id, MARCH),
            leaving(membership_id, reason=""),
            leaving(membership_id),
            leaving(membership_id),
            leaving("nothing"),
        )
        assert reasons(ended) == [
            "ENDS_BEFORE_START",
            "REASON_REQUIRED",
            "WRITTEN",
            "MEMBERSHIP_ENDED",
            "MEMBERSHIP_UNKNOWN",
        ]
        again = await register.run(
            add_team_members, joining(team_id, first, JUNE - DAY), joining(team_id, first, JUNE)
        )
        assert reasons(again) == ["ALREADY_IN_TEAM", "WRITTEN"]
        stated = [
            TeamMembershipFact.FromString(fact.body.value)
            for fact in await register.facts()
            if fact.record_id == membership_id
        ]
        assert [each.HasField("left_at") for each in stated] == [False, True]

    async def test_that_end_today_need_no_reason(self, register: Register) -> None:
        (team_id,) = await register.written(create_teams, team())
        (member_id,) = await register.members("m1")
        (membership_id,) = await register.written(add_team_members, joining(team_id, member_id))
        await register.written(END, leaving(membership_id, None, reason=""))
        assert await register.count(kept_reasons) == 0

    async def test_of_one_member_64_times_at_once_lets_exactly_one_win(self, register: Register) -> None:
        (team_id,) = await register.written(create_teams, team())
        (member_id,) = await register.members("m1")
        command = joining(team_id, member_id)
        outcomes = await asyncio.gather(*(register.run(add_team_members, command) for _ in range(AT_ONCE)))
        assert sorted(reason for each in outcomes for reason in reasons(each)) == [
            *["ALREADY_IN_TEAM"] * (AT_ONCE - 1),
            "WRITTEN",
        ]

    async def test_are_kept_single_by_the_database_itself(self, register: Register) -> None:
        (team_id,) = await register.written(create_teams, team())
        (member_id,) = await register.members("m1")
        await register.written(add_team_members, joining(team_id, member_id))
        row = {"membership_id": "x", "team_id": team_id, "member_id": member_id, "joined_at": JUNE}
        async with register.database.write() as connection:
            with pytest.raises(IntegrityError):
                await connection.execute(insert(team_memberships), [{**row, "revision": 1}])


class TestClosing:
    async def test_ends_memberships_and_roles_of_the_team(self, register: Register) -> None:
        team_id, other_id = await register.written(create_teams, team("t1"), team("t2"))
        member_ids = await register.members("m1", "m2")
        kept, left, *_ = await register.written(
            add_team_members,
            *(joining(team_id, each) for each in member_ids),
            joining(other_id, member_ids[0]),
        )
        await register.written(END, leaving(left, JUNE - DAY))
        scope = Scope(kind=ScopeKind.TEAM, id=team_id)
        (role_id,) = await register.written(
            grant_roles,
            GrantRole(
                member_id=member_ids[0],
                kind=RoleKind.LIAISON,
                scope=scope,
                occurred_at=MARCH,
                valid_until=datetime.now(UTC) + DAY,
            ),
        )
        before = len(await register.facts())
        outcomes = await register.run(
            CLOSE,
            closing("none"),
            closing(team_id, reason=""),
            closing(team_id, JUNE - 2 * DAY),
            closing(team_id, MARCH),
            closing(team_id),
            closing(team_id),
        )
        assert reasons(outcomes) == [
            "TEAM_UNKNOWN",
            "REASON_REQUIRED",
            "TEAM_USED_LATER",
            "TEAM_USED_LATER",
            "WRITTEN",
            "TEAM_CLOSED",
        ]
        stated = (await register.facts())[before:]
        assert [fact.record_id for fact in stated] == [kept, role_id, team_id]
        membership, role, closed = (fact.body.value for fact in stated)
        assert TeamMembershipFact.FromString(membership).left_at.seconds == JUNE.timestamp()
        assert RoleFact.FromString(role).valid_until.seconds == JUNE.timestamp()
        assert TeamFact.FromString(closed).closed_at.seconds == JUNE.timestamp()

        late = await register.run(add_team_members, joining(team_id, member_ids[1]))
        late += await register.run(
            grant_roles,
            GrantRole(
                member_id=member_ids[1],
                kind=RoleKind.LIAISON,
                scope=scope,
                occurred_at=MARCH,
                valid_until=None,
            ),
        )
        assert reasons(late) == ["TEAM_CLOSED", "TEAM_CLOSED"]
        assert [each.field for each in late if isinstance(each, Fault)] == ["team_id", "scope.team_id"]

    async def test_of_an_unused_team_is_after_it_began(self, register: Register) -> None:
        (team_id,) = await register.written(create_teams, team())
        assert reasons(await register.run(CLOSE, closing(team_id, MARCH))) == ["ENDS_BEFORE_START"]

    async def test_beside_those_who_join_leaves_nobody_in_a_closed_team(self, register: Register) -> None:
        (team_id,) = await register.written(create_teams, team())
        member_ids = await register.members(*(f"m{n}" for n in range(20)))
        await asyncio.gather(
            *(register.run(add_team_members, joining(team_id, each)) for each in member_ids[:10]),
            register.run(CLOSE, closing(team_id)),
            *(register.run(add_team_members, joining(team_id, each)) for each in member_ids[10:]),
        )
        open_ended = select(team_memberships).where(team_memberships.c.left_at.is_(None))
        async with register.database.read() as connection:
            closed = (await connection.execute(select(teams.c.closed_at))).scalar_one()
            assert closed == JUNE
            assert (await connection.execute(open_ended)).all() == []
