from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Executable, delete, insert, text, update

from services.chassis.jobs.verify import Check
from services.members.domain.place import Scope, ScopeKind
from services.members.domain.role import RoleKind
from services.members.domain.team import TeamType
from services.members.storage.checks import checks_of_register
from services.members.storage.organisation_tables import roles, team_memberships, teams
from services.members.storage.role_checks import checks_of_roles
from services.members.usecases.add_team_members import AddTeamMember, add_team_members
from services.members.usecases.close_teams import CloseTeam, close_teams
from services.members.usecases.create_teams import CreateTeam, create_teams
from services.members.usecases.end_memberships import EndTeamMembership, end_memberships
from services.members.usecases.grant_roles import GrantRole, grant_roles
from services.members.usecases.revoke_roles import RevokeRole, revoke_roles
from services.members.usecases.update_teams import UpdateTeam, change_teams
from tests.integration import databases
from tests.integration.databases import ZONE
from tests.integration.members.register import DESK, JUNE, MARCH, Register, open_register

DAY = timedelta(days=1)
END = partial(end_memberships, zone=ZoneInfo(ZONE))
CLOSE = partial(close_teams, zone=ZoneInfo(ZONE))


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Two members, a team that lasts and one that closed, roles that last and that were revoked."""

    register: Register
    community_id: str
    member_ids: list[str]
    team_id: str
    closed_team_id: str

    async def tamper(self, *statements: Executable) -> list[str]:
        """Change what nobody stated; gives what verify finds, but for rows that differ from their facts."""
        async with self.register.database.write() as connection:
            for statement in statements:
                await connection.execute(statement)
        found = await databases.findings(self.register.database, *checks())
        return [each for each in found if "equal their facts" not in each]


def checks() -> list[Check]:
    return [*checks_of_register(), *checks_of_roles()]


@pytest.fixture
async def group(register: Register) -> Group:
    community_id = await register.community()
    member_ids = await register.members("m1", "m2")
    team_id, closed_team_id = await register.written(
        create_teams,
        *(
            CreateTeam(
                code=code,
                name=code,
                team_type=TeamType.TROUPE,
                node_id=community_id,
                work_unit_id=None,
                occurred_at=MARCH,
            )
            for code in ("t1", "t2")
        ),
    )
    _, left, _ = await register.written(
        add_team_members,
        *(
            AddTeamMember(team_id=team, member_id=member_id, occurred_at=MARCH)
            for team, member_id in (
                (team_id, member_ids[0]),
                (team_id, member_ids[1]),
                (closed_team_id, member_ids[0]),
            )
        ),
    )
    here = Scope(kind=ScopeKind.GRID_NODE, id=community_id)
    closed_team = Scope(kind=ScopeKind.TEAM, id=closed_team_id)
    first, *_ = await register.written(
        grant_roles,
        *(
            GrantRole(member_id=member_ids[0], kind=kind, scope=scope, occurred_at=MARCH, valid_until=None)
            for kind, scope in (
                (RoleKind.FIRST_SECRETARY, here),
                (RoleKind.GRID_WORKER, here),
                (RoleKind.LIAISON, closed_team),
            )
        ),
    )
    ended: dict[str, Any] = {"occurred_at": JUNE, "reason": "moved", "stated_by": DESK}
    await register.written(change_teams, UpdateTeam(team_id=team_id, etag="1", changes={"name": "new"}))
    await register.written(END, EndTeamMembership(membership_id=left, **ended))
    await register.written(CLOSE, CloseTeam(team_id=closed_team_id, **ended))
    await register.written(revoke_roles, RevokeRole(role_id=first, **ended))
    return Group(
        register=register,
        community_id=community_id,
        member_ids=member_ids,
        team_id=team_id,
        closed_team_id=closed_team_id,
    )


def a_role(group: Group, **others: Any) -> dict[str, Any]:
    return {
        "role_id": "zz",
        "kind": RoleKind.GRID_WORKER,
        "member_id": group.member_ids[1],
        "scope_kind": ScopeKind.GRID_NODE,
        "scope_id": group.community_id,
        "valid_from": MARCH,
        "revision": 1,
        **others,
    }


class TestVerify:
    @pytest.mark.usefixtures("group")
    async def test_finds_nothing_in_what_the_service_wrote_and_compares_all_of_it(
        self, register: Register
    ) -> None:
        assert await databases.findings(register.database, *checks()) == []
        compared = []
        for check in checks_of_roles():
            async with register.database.read() as connection:
                compared.append((await check.chunk(connection, None)).compared)
        assert compared == [2, 3, 3, 3, 2, 3, 3, 3]

    @pytest.mark.parametrize(
        "change",
        [
            update(teams).values(team_type=TeamType.MILITIA),
            update(teams).values(revision=9),
            update(team_memberships).values(joined_at=MARCH + DAY),
            update(team_memberships).values(withdrawn=True),
            update(roles).values(kind=RoleKind.ORGANISER),
            update(roles).values(valid_until=JUNE + DAY),
        ],
        ids=["team", "revision", "membership", "withdrawn", "role", "end"],
    )
    async def test_finds_a_row_that_is_not_as_stated(
        self, group: Group, register: Register, change: Executable
    ) -> None:
        await group.tamper(change)
        found = await databases.findings(register.database, *checks())
        assert any("differs from its fact" in each for each in found), found

    async def test_finds_records_that_are_gone(self, group: Group) -> None:
        found = await group.tamper(delete(roles), delete(team_memberships), delete(teams))
        assert len(found) == 8
        assert all(each.endswith("is gone") for each in found)

    async def test_finds_memberships_that_overlap(self, group: Group) -> None:
        # The index lets this pass: only one of the two is active.
        row = {
            "membership_id": "zz",
            "team_id": group.team_id,
            "member_id": group.member_ids[0],
            "joined_at": MARCH,
            "left_at": JUNE,
            "revision": 1,
        }
        law = "a member belongs to a team once at a time"
        found = await group.tamper(insert(team_memberships).values(row))
        assert found == [f"{law}: memberships of team {group.team_id} overlap"]

    async def test_finds_what_goes_on_in_a_closed_team(self, group: Group) -> None:
        finding = f"nothing goes on in a closed team: team {group.closed_team_id} is closed and used"
        team = Scope(kind=ScopeKind.TEAM, id=group.closed_team_id)
        row = a_role(group, kind=RoleKind.LIAISON, scope_kind=team.kind, scope_id=team.id)
        assert await group.tamper(insert(roles).values(row)) == [finding]
        assert await group.tamper(delete(roles).where(roles.c.role_id == "zz")) == []
        is_of_it = team_memberships.c.team_id == group.closed_team_id
        longer = update(team_memberships).where(is_of_it).values(left_at=None)
        assert await group.tamper(longer) == [finding]

    async def test_finds_a_role_that_is_held_nowhere(self, group: Group) -> None:
        # A node's id is no team's.
        row = a_role(group, kind=RoleKind.LIAISON, scope_kind=ScopeKind.TEAM)
        law = "a role is held where there is something"
        assert await group.tamper(insert(roles).values(row)) == [f"{law}: role zz is held nowhere"]

    async def test_finds_a_role_that_is_held_twice(self, group: Group) -> None:
        rows = [a_role(group, role_id="zy"), a_role(group, valid_from=JUNE, valid_until=JUNE + DAY)]
        law = "a member holds a role at a place once at a time"
        found = await group.tamper(*(insert(roles).values(row) for row in rows))
        assert found == [f"{law}: role zy is held twice"]

    async def test_finds_two_first_secretaries(self, group: Group) -> None:
        rows = [a_role(group, role_id=id_, kind=RoleKind.FIRST_SECRETARY) for id_ in ("zy", "zz")]
        rows[1]["member_id"] = group.member_ids[0]
        rows[1]["valid_from"] = JUNE
        law = "a community has one first secretary at a time"
        found = await group.tamper(
            *_without_the_guard(group.register), *(insert(roles).values(row) for row in rows)
        )
        assert found == [f"{law}: community {group.community_id} has two"]


def _without_the_guard(register: Register) -> list[Executable]:
    """Take from the database what refuses a second first secretary."""
    if register.database.is_sqlite:
        return [text(f"DROP TRIGGER roles_one_first_secretary_{change}") for change in ("insert", "update")]
    return [text("ALTER TABLE roles DROP CONSTRAINT roles_one_first_secretary")]
