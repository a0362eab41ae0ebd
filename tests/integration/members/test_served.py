from collections.abc import AsyncGenerator, AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode
from linli.members.v1 import enrolment_pb2, grid_pb2, member_pb2, organisation_pb2
from linli.members.v1.enrolment_pb2 import EnrolRequest, GetEnrolmentRequest, GetParticipationRequest
from linli.members.v1.grid_pb2 import CreateNodeRequest, GetNodeRequest, ListNodesRequest
from linli.members.v1.member_pb2 import BatchGetMembersRequest, CreateMemberRequest, GetMemberRequest

from services.chassis.ids import new_id
from tests.integration.members.register import Events, Register, hours, open_events, open_register
from tests.integration.members.serving import Client, serving
from tests.integration.serving import Refusal, refusal, refused

MARCH = Timestamp(seconds=1_740_787_200)


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


def a_node(code: str, level: int, parent_id: str = "", **others: Any) -> CreateNodeRequest:
    stated = {"request_id": new_id(), "name": code, "occurred_at": MARCH, **others}
    return CreateNodeRequest(
        code=code, level=grid_pb2.GridLevel.ValueType(level), parent_id=parent_id, **stated
    )


def a_member(code: str, **others: Any) -> CreateMemberRequest:
    stated = {
        "request_id": new_id(),
        "name": f"居民{code}",
        "member_type": "MEMBER_TYPE_RESIDENT",
        "occurred_at": MARCH,
        **others,
    }
    return CreateMemberRequest(code=code, **stated)


def an_enrolment(member_id: str, community_id: str, **others: Any) -> EnrolRequest:
    stated = {"request_id": new_id(), "occurred_at": MARCH, **others}
    return EnrolRequest(member_id=member_id, community_id=community_id, **stated)


async def a_community(client: Client) -> str:
    node_id = ""
    for level, code in enumerate(("d", "s1", "c1"), start=1):
        node_id = (await client.grid.CreateNode(a_node(code, level, node_id))).written.id
    return node_id


class TestTheGridService:
    async def test_answers_what_was_written(self, client: Client) -> None:
        community_id = await a_community(client)
        node = (await client.grid.GetNode(GetNodeRequest(node_id=community_id))).node
        assert (node.code, node.name, node.level) == ("c1", "c1", grid_pb2.GRID_LEVEL_COMMUNITY)
        assert node.effective_from == MARCH
        listed = await client.grid.ListNodes(ListNodesRequest(page_size=2))
        assert [each.code for each in listed.nodes] == ["c1", "d"]
        rest = await client.grid.ListNodes(ListNodesRequest(page_size=2, page_token=listed.next_page_token))
        assert ([each.code for each in rest.nodes], rest.next_page_token) == (["s1"], "")

    async def test_refuses_with_the_codes_of_the_contract(self, client: Client) -> None:
        street_id = (await client.grid.CreateNode(a_node("d", 1))).written.id
        create = client.grid.CreateNode
        assert await refused(create(a_node("s", 2, "nobody"))) == Refusal(
            code=StatusCode.NOT_FOUND, reason="NODE_UNKNOWN", fields=("parent_id",)
        )
        assert await refused(create(a_node("c", 3, street_id))) == Refusal(
            code=StatusCode.FAILED_PRECONDITION, reason="LEVEL_MISMATCH", fields=("parent_id",)
        )
        assert await refused(create(a_node("d2", 1))) == Refusal(
            code=StatusCode.ALREADY_EXISTS, reason="DISTRICT_EXISTS", fields=()
        )
        assert await refused(create(a_node("d", 2, street_id))) == Refusal(
            code=StatusCode.ALREADY_EXISTS, reason="CODE_TAKEN", fields=("code",)
        )
        for call in (
            client.grid.GetNode(GetNodeRequest(node_id="nobody")),
            client.grid.ListNodes(ListNodesRequest(ancestor_id="nobody")),
        ):
            assert (await refused(call)).reason == "NODE_UNKNOWN"

    @pytest.mark.parametrize(
        ("bad", "field"),
        [
            ({"occurred_at": Timestamp(seconds=-62_135_596_800)}, "occurred_at"),
            ({"occurred_at": Timestamp(seconds=253_402_300_799)}, "occurred_at"),
            ({"occurred_at": Timestamp(seconds=2**62)}, "occurred_at"),
            ({"name": "x" * 101}, "name"),
            ({"name": "x\0y"}, "name"),
            ({"parent_id": "\0"}, "parent_id"),
            ({"parent_id": "somebody"}, "parent_id"),
            ({"level": 99}, "level"),
            ({"request_id": "识"}, "request_id"),
        ],
    )
    async def test_blames_the_field_that_makes_no_sense(
        self, client: Client, register: Register, bad: dict[str, Any], field: str
    ) -> None:
        request = a_node("d", 1, **bad) if "level" not in bad else a_node("d", bad["level"])
        refusal = await refused(client.grid.CreateNode(request))
        assert (refusal.code, refusal.fields) == (StatusCode.INVALID_ARGUMENT, (field,))
        assert await register.facts() == []

    async def test_gives_each_item_of_a_batch_its_own_result(self, client: Client) -> None:
        district_id = (await client.grid.CreateNode(a_node("d", 1))).written.id
        items = [a_node(code, 2, district_id) for code in ("s1", "s1", "s2")]
        answer = await client.grid.BatchCreateNodes(grid_pb2.BatchCreateNodesRequest(items=items))
        assert [each.WhichOneof("outcome") for each in answer.results] == ["written", "refused", "written"]
        assert refusal(answer.results[1].refused).reason == "CODE_TAKEN"
        assert dict(answer.positions) == {"members": 3}


class TestTheOrganisationService:
    async def test_answers_what_was_written(self, client: Client) -> None:
        requests = [
            organisation_pb2.CreateWorkUnitRequest(request_id=new_id(), code=code, name=code)
            for code in ("w2", "w1")
        ]
        answer = await client.organisation.BatchCreateWorkUnits(
            organisation_pb2.BatchCreateWorkUnitsRequest(items=requests)
        )
        listed = await client.organisation.ListWorkUnits(organisation_pb2.ListWorkUnitsRequest())
        assert [each.code for each in listed.work_units] == ["w1", "w2"]
        found = await client.organisation.GetWorkUnit(
            organisation_pb2.GetWorkUnitRequest(work_unit_id=answer.results[0].written.id)
        )
        assert found.work_unit.code == "w2"
        unknown = client.organisation.GetWorkUnit(organisation_pb2.GetWorkUnitRequest(work_unit_id="nobody"))
        assert (await refused(unknown)).reason == "WORK_UNIT_UNKNOWN"


class TestTheMemberService:
    async def test_answers_members_with_their_names(self, client: Client) -> None:
        ids = [(await client.members.CreateMember(a_member(code))).written.id for code in ("m2", "m1")]
        one = await client.members.GetMember(GetMemberRequest(member_id=ids[0]))
        assert (one.member.code, one.member.name) == ("m2", "居民m2")
        assert one.member.member_type == member_pb2.MEMBER_TYPE_RESIDENT
        listed = await client.members.ListMembers(member_pb2.ListMembersRequest())
        assert [each.name for each in listed.members] == ["居民m1", "居民m2"]

    async def test_answers_many_in_the_order_asked_for_and_names_the_unknown(self, client: Client) -> None:
        ids = [(await client.members.CreateMember(a_member(code))).written.id for code in ("m1", "m2")]
        wanted = [ids[1], "nobody", ids[0], ids[1]]
        answer = await client.members.BatchGetMembers(BatchGetMembersRequest(member_ids=wanted))
        assert [each.code for each in answer.members] == ["m2", "m1", "m2"]
        assert answer.unknown_ids == ["nobody"]

    async def test_lists_those_of_a_work_unit(self, client: Client) -> None:
        written = await client.organisation.CreateWorkUnit(
            organisation_pb2.CreateWorkUnitRequest(request_id=new_id(), code="w1", name="w1")
        )
        unit_id = written.written.id
        employed = {"member_type": "MEMBER_TYPE_IN_SERVICE", "work_unit_id": unit_id}
        await client.members.CreateMember(a_member("m1"))
        await client.members.CreateMember(a_member("m2", **employed))
        listed = await client.members.ListMembers(member_pb2.ListMembersRequest(work_unit_id=unit_id))
        assert [(each.code, each.work_unit_id) for each in listed.members] == [("m2", unit_id)]

    async def test_refuses_with_the_codes_of_the_contract(self, client: Client) -> None:
        await client.members.CreateMember(a_member("m1"))
        create = client.members.CreateMember
        assert (await refused(create(a_member("m1")))).reason == "CODE_TAKEN"
        assert (await refused(create(a_member("m2", work_unit_id="x")))).reason == "WORK_UNIT_UNKNOWN"
        missing = await refused(create(a_member("m2", member_type="MEMBER_TYPE_IN_SERVICE")))
        assert (missing.code, missing.fields) == (StatusCode.INVALID_ARGUMENT, ("work_unit_id",))
        assert (
            await refused(client.members.GetMember(GetMemberRequest(member_id="x")))
        ).reason == "MEMBER_UNKNOWN"

    async def test_gives_the_same_request_the_same_answer_and_refuses_another_one(
        self, client: Client
    ) -> None:
        request = a_member("m1")
        first = await client.members.CreateMember(request)
        assert await client.members.CreateMember(request) == first
        request.name = "somebody else"
        reused = await refused(client.members.CreateMember(request))
        assert (reused.code, reused.reason) == (StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED")


class TestTheEnrolmentService:
    async def test_enrols_ends_and_answers_as_of_a_time(self, client: Client) -> None:
        community_id = await a_community(client)
        member_id = (await client.members.CreateMember(a_member("m1"))).written.id
        written = await client.enrolments.Enrol(an_enrolment(member_id, community_id))
        enrolment_id = written.written.id
        again = await refused(client.enrolments.Enrol(an_enrolment(member_id, community_id)))
        assert (again.code, again.reason) == (StatusCode.ALREADY_EXISTS, "ALREADY_ENROLLED")

        end = enrolment_pb2.EndEnrolmentRequest(request_id=new_id(), enrolment_id=enrolment_id)
        await client.enrolments.EndEnrolment(end)
        asked = GetEnrolmentRequest(member_id=member_id, as_of=MARCH)
        then = (await client.enrolments.GetEnrolment(asked)).enrolment
        assert (then.enrolment_id, then.state) == (enrolment_id, enrolment_pb2.ENROLMENT_STATE_ENDED)
        now = await refused(client.enrolments.GetEnrolment(GetEnrolmentRequest(member_id=member_id)))
        assert (now.code, now.reason) == (StatusCode.NOT_FOUND, "NOT_ENROLLED")
        nobody = await refused(client.enrolments.GetEnrolment(GetEnrolmentRequest(member_id="nobody")))
        assert nobody.reason == "MEMBER_UNKNOWN"

    async def test_answers_participation_once_the_facts_asked_for_are_in(
        self, client: Client, events: Events
    ) -> None:
        community_id = await a_community(client)
        ids = [(await client.members.CreateMember(a_member(f"m{n}"))).written.id for n in range(3)]
        answer = await client.enrolments.BatchEnrol(
            enrolment_pb2.BatchEnrolRequest(items=[an_enrolment(each, community_id) for each in ids])
        )
        served_at = datetime(2025, 3, 8, tzinfo=UTC)
        await events.state(*(hours(f"h-{each}", each, at=served_at) for each in ids[:2]))
        client.ring()
        asked = GetParticipationRequest(
            node_id=community_id, period_id="2025-03", at_least={"events": 2, **answer.positions}
        )
        found = await client.enrolments.GetParticipation(asked)
        assert (found.enrolled, found.participating, found.participation_basis_points) == (3, 2, 6667)
        assert found.freshness.positions["events"] == 2

    async def test_says_so_when_the_facts_asked_for_do_not_come(self, client: Client) -> None:
        asked = GetParticipationRequest(period_id="2025", at_least={"events": 1_000})
        call = client.enrolments.GetParticipation(asked, timeout=0.4)
        late = await refused(call)
        assert (late.code, late.reason) == (StatusCode.UNAVAILABLE, "NOT_CAUGHT_UP")

    @pytest.mark.parametrize(
        ("asked", "code", "reason"),
        [
            ({"period_id": "2025-13"}, StatusCode.INVALID_ARGUMENT, "PERIOD_MALFORMED"),
            ({"node_id": "nobody"}, StatusCode.NOT_FOUND, "NODE_UNKNOWN"),
            ({"work_unit_id": "nobody"}, StatusCode.NOT_FOUND, "WORK_UNIT_UNKNOWN"),
            ({"at_least": {"points": 1}}, StatusCode.INVALID_ARGUMENT, "INVALID_FIELD"),
        ],
    )
    async def test_refuses_to_count_what_does_not_exist(
        self, client: Client, asked: dict[str, Any], code: StatusCode, reason: str
    ) -> None:
        refusal = await refused(
            client.enrolments.GetParticipation(GetParticipationRequest(**{"period_id": "2025", **asked}))
        )
        assert (refusal.code, refusal.reason) == (code, reason)
