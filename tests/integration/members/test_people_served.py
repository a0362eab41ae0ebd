from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode
from linli.members.v1 import member_pb2, organisation_pb2
from linli.members.v1.enrolment_pb2 import EnrolRequest
from linli.members.v1.member_pb2 import (
    AvailabilitySlot,
    CreateMemberRequest,
    ExternalId,
    FindMembersRequest,
    GetMemberRequest,
    ImportMembersRequest,
    ListMembersRequest,
    Member,
)
from structlog.testing import capture_logs

from services.chassis.ids import new_id
from services.members.storage.tables import members
from tests.integration.members.people import a_row, an_update
from tests.integration.members.register import Events, Register, open_events, open_register
from tests.integration.members.serving import Client, serving
from tests.integration.serving import refusal, refused

MARCH = Timestamp(seconds=1_740_787_200)
JUNE = Timestamp(seconds=1_748_736_000)
PHONE = "13800138000"
SECRETS = ("欧阳娜娜", "ou yang na na", PHONE, "hr-4711")


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


def a_person(code: str = "m1", name: str = "王伟", **others: Any) -> CreateMemberRequest:
    stated = {
        "request_id": new_id(),
        "member_type": "MEMBER_TYPE_VOLUNTEER",
        "occurred_at": MARCH,
        **others,
    }
    return CreateMemberRequest(code=code, name=name, **stated)


async def created(client: Client, *args: str, **others: Any) -> Member:
    member_id = (await client.members.CreateMember(a_person(*args, **others))).written.id
    return (await client.members.GetMember(GetMemberRequest(member_id=member_id))).member


class TestAPerson:
    async def test_is_answered_with_all_that_is_known(self, client: Client) -> None:
        slots = [AvailabilitySlot(weekday=day, starts_minute=540, ends_minute=720) for day in (6, 2)]
        member = await created(
            client,
            phone="+86 138-0013-8000",
            external_ids=[ExternalId(system="hr", value="7")],
            skills=["driving", "cooking"],
            service_types=["environment"],
            availability=slots,
            probationary=True,
        )
        assert (member.sort_name, member.phone, member.probationary) == ("wang wei", "+8613800138000", True)
        assert list(member.skills) == ["cooking", "driving"]
        assert [slot.weekday for slot in member.availability] == [2, 6]
        assert member.external_ids == [ExternalId(system="hr", value="7")]

    @pytest.mark.parametrize(
        ("bad", "reason", "field"),
        [
            ({"name": "王" * 300}, "INVALID_FIELD", "name"),
            ({"name": "王\x07伟"}, "INVALID_FIELD", "name"),
            ({"name": "王\u200b伟"}, "INVALID_FIELD", "name"),
            ({"name": " \u3000 "}, "INVALID_FIELD", "name"),
            ({"sort_name": "wang\x07wei"}, "INVALID_FIELD", "sort_name"),
            ({"phone": "+1 650 253 0000"}, "PHONE_COUNTRY", "phone"),
            ({"phone": "110110110110110"}, "INVALID_FIELD", "phone"),
            ({"skills": ["flying"]}, "TERM_UNKNOWN", "skills"),
            ({"skills": ["cooking", "cooking"]}, "INVALID_FIELD", "skills"),
            ({"work_unit_id": "nobody"}, "WORK_UNIT_UNKNOWN", "work_unit_id"),
            ({"external_ids": [{"system": "hr", "value": "王"}]}, "INVALID_FIELD", "external_ids[0].value"),
            ({"external_ids": [{"system": "hr", "value": n} for n in "12"]}, "INVALID_FIELD", "external_ids"),
            (
                {
                    "availability": [
                        {"weekday": 1, "starts_minute": 0, "ends_minute": 60},
                        {"weekday": 1, "starts_minute": 59, "ends_minute": 99},
                    ]
                },
                "AVAILABILITY_OVERLAPS",
                "availability",
            ),
            (
                {"availability": [{"weekday": 8, "starts_minute": 0, "ends_minute": 60}]},
                "INVALID_FIELD",
                "availability[0].weekday",
            ),
        ],
    )
    async def test_that_cannot_be_is_refused_by_the_field(
        self, client: Client, register: Register, bad: dict[str, Any], reason: str, field: str
    ) -> None:
        request = a_person(**{"name": "王伟", **bad})
        refusal = await refused(client.members.CreateMember(request))
        assert (refusal.reason, refusal.fields) == (reason, (field,))
        assert await register.count(members) == 0

    async def test_leaves_no_trace_where_it_does_not_belong(self, client: Client, register: Register) -> None:
        name, _, phone, external_id = SECRETS
        known: dict[str, Any] = {"phone": phone, "external_ids": [{"system": "hr", "value": external_id}]}
        with capture_logs() as lines:
            member = await created(client, "m1", name, **known)
            rows = [
                a_row("m2", name, **known),
                a_row("m1", name, phone="13800138001"),
                a_row("m3", name, phone=f"{phone}{phone}"),
            ]
            answer = await client.members.ImportMembers(ImportMembersRequest(items=rows))
            stale = an_update(member.member_id, "stale", name=name, **known)
            told = [await refused(client.members.UpdateMember(stale))]
        statuses = [each.refused for each in answer.results]
        assert [refusal(status).reason for status in statuses] == [
            "POSSIBLE_DUPLICATE",
            "MEMBER_DIFFERS",
            "INVALID_FIELD",
        ]
        facts = b"".join(fact.SerializeToString() for fact in await register.facts())
        everything = f"{lines}{told}".encode() + facts
        everything += b"".join(status.SerializeToString() for status in statuses)
        assert lines
        assert not [secret for secret in SECRETS if secret.encode() in everything]


class TestAnUpdate:
    async def test_changes_what_its_mask_names(self, client: Client) -> None:
        before = await created(client, phone=PHONE, skills=["cooking"])
        request = an_update(before.member_id, before.etag, "phone", "name", name="李雷", skills=["driving"])
        answer = await client.members.UpdateMember(request)
        assert not answer.written.positions
        after = (await client.members.GetMember(GetMemberRequest(member_id=before.member_id))).member
        assert (after.name, after.phone, list(after.skills)) == ("李雷", "", ["cooking"])
        stale = await refused(
            client.members.UpdateMember(an_update(before.member_id, before.etag, probationary=True))
        )
        assert (stale.code, stale.reason) == (StatusCode.ABORTED, "ETAG_STALE")
        assert await client.members.UpdateMember(request) == answer

    @pytest.mark.parametrize(
        ("paths", "field"),
        [
            (("code",), "update_mask"),
            (("registered_at",), "update_mask"),
            (("work_unit_id", "name"), "update_mask"),
            (("member_type",), "member_type"),
            (("name",), "name"),
        ],
    )
    async def test_refuses_what_never_changes_or_says_nothing(
        self, client: Client, paths: tuple[str, ...], field: str
    ) -> None:
        before = await created(client)
        request = an_update(before.member_id, before.etag, *paths)
        assert (await refused(client.members.UpdateMember(request))).fields == (field,)


class TestFinding:
    async def test_by_every_criterion_and_by_several(self, client: Client) -> None:
        unit = organisation_pb2.CreateWorkUnitRequest(request_id=new_id(), code="w1", name="w1")
        unit_id = (await client.organisation.CreateWorkUnit(unit)).written.id
        external_id = ExternalId(system="hr", value="1")
        await created(client, "m1", "王伟", phone=PHONE, external_ids=[external_id], skills=["cooking"])
        await created(client, "m2", "王维", phone=PHONE, work_unit_id=unit_id, service_types=["environment"])
        await created(client, "m3", "汪伟")
        criteria: list[tuple[dict[str, Any], list[str]]] = [
            ({"code": "m2"}, ["m2"]),
            ({"external_id": external_id}, ["m1"]),
            ({"phone": "+86 138 0013 8000"}, ["m1", "m2"]),
            ({"name_prefix": "王"}, ["m1", "m2"]),
            ({"name_prefix": "wangw"}, ["m1", "m2", "m3"]),
            ({"skill": "cooking"}, ["m1"]),
            ({"service_type": "environment"}, ["m2"]),
            ({"work_unit_id": unit_id}, ["m2"]),
            ({"phone": PHONE, "skill": "cooking"}, ["m1"]),
            ({"phone": PHONE, "skill": "driving"}, []),
        ]
        for criterion, expected in criteria:
            answer = await client.members.FindMembers(FindMembersRequest(**criterion))
            assert [member.code for member in answer.members] == expected, criterion

    async def test_by_where_members_are_enrolled_now(self, client: Client, register: Register) -> None:
        community_id = await register.community()
        member = await created(client)
        await created(client, "m2")
        enrol = EnrolRequest(request_id=new_id(), member_id=member.member_id, community_id=community_id)
        await client.enrolments.Enrol(enrol)
        answer = await client.members.FindMembers(FindMembersRequest(node_id=community_id))
        assert [each.code for each in answer.members] == ["m1"]

    @pytest.mark.parametrize(
        ("criterion", "reason"),
        [
            ({}, "INVALID_FIELD"),
            ({"name_prefix": " "}, "INVALID_FIELD"),
            ({"phone": "12"}, "INVALID_FIELD"),
            ({"skill": "environment"}, "TERM_UNKNOWN"),
            ({"node_id": "nowhere"}, "NODE_UNKNOWN"),
            ({"work_unit_id": "nobody"}, "WORK_UNIT_UNKNOWN"),
        ],
    )
    async def test_is_refused_by_what_there_is_not(
        self, client: Client, criterion: dict[str, Any], reason: str
    ) -> None:
        assert (await refused(client.members.FindMembers(FindMembersRequest(**criterion)))).reason == reason

    async def test_lists_in_the_order_of_names_in_pages(self, client: Client) -> None:
        for number, name in enumerate(("王伟", "单田芳", "Zoe", "阿宝", "曾伟")):
            await created(client, f"m{number}", name)
        request = ListMembersRequest(order=member_pb2.MEMBER_ORDER_NAME, page_size=2)
        names: list[str] = []
        while True:
            answer = await client.members.ListMembers(request)
            names += [member.name for member in answer.members]
            request.page_token = answer.next_page_token
            if not request.page_token:
                break
        assert names == ["阿宝", "单田芳", "王伟", "曾伟", "Zoe"]
