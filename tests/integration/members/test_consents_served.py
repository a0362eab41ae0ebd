from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from linli.members.v1 import consent_pb2, vocabulary_pb2
from linli.members.v1.member_pb2 import (
    CreateMemberRequest,
    EraseMemberRequest,
    GetMemberRequest,
    ListConsentsRequest,
    Member,
    RecordConsentRequest,
)

from services.chassis.ids import new_id
from tests.integration.members.register import Events, Register, open_events, open_register
from tests.integration.members.serving import Client, serving
from tests.integration.serving import refused

MARCH = Timestamp(seconds=1_740_787_200)
JUNE = Timestamp(seconds=1_748_736_000)
PHONE = "13800138000"


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


async def created(client: Client, **others: Any) -> Member:
    stated = {"code": "m1", "name": "王伟", "member_type": "MEMBER_TYPE_VOLUNTEER", **others}
    request = CreateMemberRequest(request_id=new_id(), **stated)
    member_id = (await client.members.CreateMember(request)).written.id
    return (await client.members.GetMember(GetMemberRequest(member_id=member_id))).member


class TestConsents:
    async def test_are_listed_whole_or_as_of_a_time(self, client: Client) -> None:
        member_id = (await created(client)).member_id

        async def record(*, revoked: bool, at: Timestamp) -> None:
            request = RecordConsentRequest(
                request_id=new_id(),
                member_id=member_id,
                purpose=consent_pb2.CONSENT_PURPOSE_PUBLISH_NAME,
                revoked=revoked,
                occurred_at=at,
            )
            await client.members.RecordConsent(request)

        await record(revoked=False, at=MARCH)
        await record(revoked=True, at=JUNE)
        (whole,) = (await client.members.ListConsents(ListConsentsRequest(member_id=member_id))).consents
        assert (whole.given_at, whole.revoked_at) == (MARCH, JUNE)
        for at, expected in ((MARCH, 1), (JUNE, 0)):
            asked = ListConsentsRequest(member_id=member_id, as_of=at)
            assert len((await client.members.ListConsents(asked)).consents) == expected


class TestErasing:
    async def test_is_tried_without_an_effect_and_then_done(self, client: Client) -> None:
        member = await created(client, phone=PHONE)
        request = EraseMemberRequest(
            request_id=new_id(), member_id=member.member_id, reason="asked for it", dry_run=True
        )
        tried = (await client.members.EraseMember(request)).written
        assert dict(tried.positions) == {"members": 0}
        asked = GetMemberRequest(member_id=member.member_id)
        assert (await client.members.GetMember(asked)).member == member
        request.dry_run = False
        assert (await client.members.EraseMember(request)).written.positions["members"] > 0
        erased = (await client.members.GetMember(asked)).member
        assert (erased.name, erased.sort_name, erased.phone) == ("", "", "")
        assert erased.HasField("erased_at")
        again = EraseMemberRequest(request_id=new_id(), member_id=member.member_id, reason="x")
        assert (await refused(client.members.EraseMember(again))).reason == "MEMBER_ERASED"


class TestTheVocabularyService:
    async def test_begins_with_the_categories_of_the_district_and_is_extended(self, client: Client) -> None:
        kind = vocabulary_pb2.TERM_KIND_SERVICE_TYPE
        asked = vocabulary_pb2.ListTermsRequest(kind=kind)
        terms = (await client.vocabulary.ListTerms(asked)).terms
        assert [term.name_zh for term in terms] == ["移风易俗", "环境整治", "疫情防控", "乡村振兴"]
        named: dict[str, Any] = {"kind": kind, "code": "patrol"}
        added = vocabulary_pb2.AddTermRequest(request_id=new_id(), name_zh="巡逻", name_en="Patrol", **named)
        assert (await client.vocabulary.AddTerm(added)).written.id == "SERVICE_TYPE:patrol"
        renamed = vocabulary_pb2.RenameTermRequest(
            request_id=new_id(), name_zh="平安巡逻", name_en="Patrol", **named
        )
        await client.vocabulary.RenameTerm(renamed)
        retired = vocabulary_pb2.RetireTermRequest(request_id=new_id(), **named)
        await client.vocabulary.RetireTerm(retired)
        assert (await client.vocabulary.ListTerms(asked)).terms == terms
        asked.include_retired = True
        (term,) = [each for each in (await client.vocabulary.ListTerms(asked)).terms if each.code == "patrol"]
        assert (term.name_zh, term.HasField("retired_at")) == ("平安巡逻", True)
