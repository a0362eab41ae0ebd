from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode
from linli.members.v1 import role_pb2, team_pb2
from linli.members.v1.grid_pb2 import GetNodeRequest
from linli.members.v1.role_pb2 import (
    BatchGrantRolesRequest,
    CountRolesRequest,
    GrantRoleRequest,
    ListRolesRequest,
    RevokeRoleRequest,
    RoleScope,
)
from sqlalchemy import update

from services.chassis.ids import new_id
from services.members.storage.organisation_tables import roles
from services.members.storage.tables import members
from tests.integration.members.register import Events, Register, open_events, open_register
from tests.integration.members.serving import Client, serving
from tests.integration.members.test_served import MARCH, a_community, a_member, a_node
from tests.integration.serving import Refusal, refusal, refused

JUNE = Timestamp(seconds=1_748_736_000)
BEFORE = Timestamp(seconds=MARCH.seconds - 1)


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def events(tmp_path: Path, register: Register) -> AsyncGenerator[Events]:
    async with open_events(tmp_path, follower=register.database) as events:
        yield events


@pytest.fixture
async def client(register: Register, events: Events) -> AsyncIterator[Client]:
    async with serving(register, events) as client:
        yield client


async def a_person(client: Client, code: str, **others: Any) -> str:
    return (await client.members.CreateMember(a_member(code, **others))).written.id


def a_grant(member_id: str, kind: str, **others: Any) -> GrantRoleRequest:
    """Grant a role; `node_id`, `work_unit_id` or `team_id` says where."""
    names = {"node_id", "work_unit_id", "team_id"}
    scope = RoleScope(**{name: others.pop(name) for name in names & others.keys()})
    stated = {"request_id": new_id(), "occurred_at": MARCH, **others}
    return GrantRoleRequest(
        member_id=member_id, kind=role_pb2.RoleKind.Value(f"ROLE_KIND_{kind}"), scope=scope, **stated
    )


def a_team(code: str, **others: Any) -> team_pb2.CreateTeamRequest:
    stated = {"request_id": new_id(), "name": code, "team_type": "TEAM_TYPE_PATROL", "occurred_at": MARCH}
    return team_pb2.CreateTeamRequest(code=code, **{**stated, **others})


def a_joining(team_id: str, member_id: str) -> team_pb2.AddTeamMemberRequest:
    return team_pb2.AddTeamMemberRequest(
        request_id=new_id(), team_id=team_id, member_id=member_id, occurred_at=MARCH
    )


class TestTheRoleService:
    async def test_lists_who_holds_what_where_and_when(self, client: Client, register: Register) -> None:
        community_id = await a_community(client)
        area_id = (await client.grid.CreateNode(a_node("a1", 4, community_id))).written.id
        first, second = await a_person(client, "m1"), await a_person(client, "m2")
        answer = await client.roles.BatchGrantRoles(
            BatchGrantRolesRequest(
                items=[
                    a_grant(first, "FIRST_SECRETARY", node_id=community_id),
                    a_grant(second, "GRID_WORKER", node_id=area_id, occurred_at=JUNE),
                    a_grant(second, "FIRST_SECRETARY", node_id=community_id),
                    a_grant(second, "AREA_LEADER", node_id=area_id, valid_until=JUNE),
                    GrantRoleRequest(request_id="x", member_id=second, kind=role_pb2.ROLE_KIND_LIAISON),
                    a_grant(second, "INSTRUCTOR", node_id=community_id),
                ]
            )
        )
        ids = [result.written.id for result in answer.results]
        assert refusal(answer.results[2].refused) == Refusal(
            code=StatusCode.ALREADY_EXISTS, reason="FIRST_SECRETARY_EXISTS", fields=("scope.node_id",)
        )
        assert refusal(answer.results[4].refused).reason == "INVALID_FIELD"
        async with register.database.write() as connection:
            withdrawn = update(roles).where(roles.c.role_id == ids[5]).values(withdrawn=True)
            await connection.execute(withdrawn)
            # What was merged stands for the survivor.
            merged = update(members).where(members.c.member_id == first).values(merged_into=second)
            await connection.execute(merged)
            moved = update(roles).where(roles.c.role_id == ids[0]).values(member_id=second)
            await connection.execute(moved)

        async def listed(**asked: Any) -> list[str]:
            found = await client.roles.ListRoles(ListRolesRequest(**asked))
            return [role.role_id for role in found.roles]

        here = RoleScope(node_id=community_id)
        assert await listed() == [ids[0], ids[1]]
        assert await listed(as_of=MARCH) == sorted([ids[0], ids[3]])
        assert await listed(as_of=BEFORE) == []
        assert await listed(scope=here) == [ids[0]]
        assert await listed(scope=here, below=True) == [ids[0], ids[1]]
        assert await listed(scope=here, below=True, kind="ROLE_KIND_GRID_WORKER") == [ids[1]]
        assert await listed(member_id=first) == await listed(member_id=second) == [ids[0], ids[1]]
        page = await client.roles.ListRoles(ListRolesRequest(page_size=1))
        assert [each.role_id for each in page.roles] == [ids[0]]
        assert await listed(page_size=1, page_token=page.next_page_token) == [ids[1]]

        counted = await client.roles.CountRoles(
            CountRolesRequest(kind=role_pb2.ROLE_KIND_GRID_WORKER, node_id=community_id)
        )
        assert (counted.holders, counted.party_members, counted.party_member_basis_points) == (1, 0, 0)

    async def test_revokes_and_repeats_the_same_answer(self, client: Client) -> None:
        community_id = await a_community(client)
        member_id = await a_person(client, "m1")
        grant = a_grant(member_id, "COMMUNITY_SECRETARY", node_id=community_id)
        written = (await client.roles.GrantRole(grant)).written
        revoke = RevokeRoleRequest(request_id="r", role_id=written.id, reason="moved", occurred_at=JUNE)
        revoked = await client.roles.RevokeRole(revoke)
        assert (await client.roles.GrantRole(grant)).written.id == written.id
        assert await client.roles.RevokeRole(revoke) == revoked
        again = RevokeRoleRequest(request_id="s", role_id=written.id, reason="moved", occurred_at=JUNE)
        assert await refused(client.roles.RevokeRole(again)) == Refusal(
            code=StatusCode.FAILED_PRECONDITION, reason="ROLE_ENDED", fields=("role_id",)
        )

    async def test_refuses_what_makes_no_sense(self, client: Client) -> None:
        team_id = (await client.teams.CreateTeam(a_team("t1"))).written.id
        calls = [
            (client.roles.ListRoles(ListRolesRequest(below=True)), "INVALID_FIELD", "below"),
            (
                client.roles.ListRoles(ListRolesRequest(scope=RoleScope(team_id=team_id), below=True)),
                "INVALID_FIELD",
                "below",
            ),
            (client.roles.ListRoles(ListRolesRequest(member_id="none")), "MEMBER_UNKNOWN", "member_id"),
            (
                client.roles.ListRoles(ListRolesRequest(scope=RoleScope(node_id="none"))),
                "NODE_UNKNOWN",
                "node_id",
            ),
            (
                client.roles.CountRoles(CountRolesRequest(kind=role_pb2.ROLE_KIND_AUDITOR, node_id="none")),
                "NODE_UNKNOWN",
                "node_id",
            ),
            (client.roles.CountRoles(CountRolesRequest()), "INVALID_FIELD", "kind"),
            (
                client.roles.RevokeRole(RevokeRoleRequest(request_id="r", role_id="x")),
                "INVALID_FIELD",
                "reason",
            ),
        ]
        for call, reason, field in calls:
            found = await refused(call)
            assert (found.reason, found.fields) == (reason, (field,))


class TestTheTeamService:
    async def test_answers_what_was_written(self, client: Client) -> None:
        community_id = await a_community(client)
        first, second = await a_person(client, "m1"), await a_person(client, "m2")
        team_id = (await client.teams.CreateTeam(a_team("t1", node_id=community_id))).written.id
        other_id = (await client.teams.CreateTeam(a_team("t2", team_type="TEAM_TYPE_TROUPE"))).written.id
        joined = [
            (await client.teams.AddTeamMember(a_joining(*pair))).written.id
            for pair in ((team_id, first), (team_id, second), (other_id, first))
        ]
        end = team_pb2.EndTeamMembershipRequest(
            request_id="e", membership_id=joined[0], occurred_at=JUNE, reason="moved"
        )
        await client.teams.EndTeamMembership(end)
        team = (await client.teams.GetTeam(team_pb2.GetTeamRequest(team_id=team_id))).team
        change = team_pb2.UpdateTeamRequest(
            request_id="u",
            team_id=team_id,
            etag=team.etag,
            update_mask=FieldMask(paths=["name"]),
            name="巡逻队",
        )
        await client.teams.UpdateTeam(change)
        change.request_id = "u2"
        assert (await refused(client.teams.UpdateTeam(change))).code == StatusCode.ABORTED
        await client.teams.CloseTeam(team_pb2.CloseTeamRequest(request_id="c", team_id=other_id))

        team = (await client.teams.GetTeam(team_pb2.GetTeamRequest(team_id=team_id))).team
        assert (team.code, team.name, team.node_id) == ("t1", "巡逻队", community_id)
        assert (team.team_type, team.HasField("closed_at")) == (team_pb2.TEAM_TYPE_PATROL, False)

        async def codes(**asked: Any) -> list[str]:
            found = await client.teams.ListTeams(team_pb2.ListTeamsRequest(**asked))
            return [each.code for each in found.teams]

        street = (await client.grid.GetNode(GetNodeRequest(node_id=community_id))).node.parent_id
        assert await codes() == ["t1", "t2"]
        assert await codes(open_only=True) == await codes(node_id=street) == ["t1"]
        assert await codes(team_type="TEAM_TYPE_TROUPE") == ["t2"]

        async def members_of(**asked: Any) -> list[str]:
            found = await client.teams.ListTeamMembers(team_pb2.ListTeamMembersRequest(**asked))
            return [each.member_id for each in found.memberships]

        assert await members_of(team_id=team_id) == [second]
        assert await members_of(team_id=team_id, as_of=MARCH) == [first, second]
        assert await members_of(team_id=team_id, as_of=BEFORE) == []
        assert await members_of(team_id=other_id) == []

        async def teams_of(**asked: Any) -> list[str]:
            found = await client.teams.ListMemberships(team_pb2.ListMembershipsRequest(**asked))
            return [each.team_id for each in found.memberships]

        assert await teams_of(member_id=first) == [team_id, other_id]
        assert await teams_of(member_id=first, as_of=JUNE) == [other_id]

    async def test_refuses_what_makes_no_sense(self, client: Client) -> None:
        team_id = (await client.teams.CreateTeam(a_team("t1"))).written.id

        def change(*paths: str, **others: Any) -> Any:
            return client.teams.UpdateTeam(
                team_pb2.UpdateTeamRequest(
                    request_id=new_id(),
                    team_id=team_id,
                    etag="1",
                    update_mask=FieldMask(paths=paths),
                    **others,
                )
            )

        calls = [
            (change(), "INVALID_FIELD", "update_mask"),
            (change("code"), "INVALID_FIELD", "update_mask"),
            (change("name"), "INVALID_FIELD", "name"),
            (change("node_id", node_id="none"), "NODE_UNKNOWN", "node_id"),
            (client.teams.GetTeam(team_pb2.GetTeamRequest(team_id="x")), "TEAM_UNKNOWN", "team_id"),
            (
                client.teams.ListTeamMembers(team_pb2.ListTeamMembersRequest(team_id="x")),
                "TEAM_UNKNOWN",
                "team_id",
            ),
            (
                client.teams.ListTeams(team_pb2.ListTeamsRequest(work_unit_id="x")),
                "WORK_UNIT_UNKNOWN",
                "work_unit_id",
            ),
            (
                client.teams.ListMemberships(team_pb2.ListMembershipsRequest(member_id="x")),
                "MEMBER_UNKNOWN",
                "member_id",
            ),
        ]
        for call, reason, field in calls:
            found = await refused(call)
            assert (found.reason, found.fields) == (reason, (field,))
