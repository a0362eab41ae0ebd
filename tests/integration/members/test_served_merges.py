import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from grpc import StatusCode
from linli.members.v1 import merge_pb2 as pb
from linli.members.v1.enrolment_pb2 import GetEnrolmentRequest, GetParticipationRequest
from linli.members.v1.member_pb2 import BatchGetMembersRequest, GetMemberRequest, ListMembersRequest

from services.chassis.ids import new_id
from tests.integration.members.persons import communities, enrolled, role
from tests.integration.members.register import Events, Register, hours, open_events, open_register
from tests.integration.members.serving import Client, serving
from tests.integration.serving import Refusal, refused

MOVED = pb.MERGED_RECORD_OUTCOME_MOVED
WITHDRAWN = pb.MERGED_RECORD_OUTCOME_WITHDRAWN
RETURNED = pb.MERGED_RECORD_OUTCOME_RETURNED
REINSTATED = pb.MERGED_RECORD_OUTCOME_REINSTATED
AT_ONCE = 64


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


@pytest.fixture
async def pair(register: Register) -> list[str]:
    """Two members, each enrolled, the second with a role."""
    places = await communities(register, 2)
    ids = await register.members("ann", "anna")
    for member_id, place in zip(ids, places, strict=True):
        await enrolled(register, member_id, place)
    await role(register, ids[1], places[0])
    return ids


def merging(survivor_id: str, duplicate_id: str, **others: Any) -> pb.MergeMembersRequest:
    stated = {"request_id": new_id(), "reason": "Registered twice.", **others}
    return pb.MergeMembersRequest(survivor_id=survivor_id, duplicate_id=duplicate_id, **stated)


def parting(merge_id: str, **others: Any) -> pb.UnmergeMembersRequest:
    stated = {"request_id": new_id(), "reason": "Two persons after all.", **others}
    return pb.UnmergeMembersRequest(merge_id=merge_id, **stated)


class TestMergeMembers:
    async def test_says_in_a_dry_run_what_it_would_do(self, client: Client, pair: list[str]) -> None:
        ann, anna = pair
        dry = await client.merges.MergeMembers(merging(ann, anna, dry_run=True))
        assert not dry.HasField("written")
        assert (await client.members.GetMember(GetMemberRequest(member_id=anna))).member.member_id == anna
        done = await client.merges.MergeMembers(merging(ann, anna))
        assert list(done.records) == list(dry.records)
        assert [each.outcome for each in done.records] == [WITHDRAWN, MOVED]
        undo = await client.merges.UnmergeMembers(parting(done.written.id, dry_run=True))
        undone = await client.merges.UnmergeMembers(parting(done.written.id))
        assert list(undone.records) == list(undo.records)
        assert [each.outcome for each in undone.records] == [REINSTATED, RETURNED]

    async def test_gives_the_same_answer_again_even_after_it_was_taken_back(
        self, client: Client, pair: list[str]
    ) -> None:
        request = merging(*pair)
        done = await client.merges.MergeMembers(request)
        assert await client.merges.MergeMembers(request) == done
        undo = parting(done.written.id)
        undone = await client.merges.UnmergeMembers(undo)
        assert await client.merges.MergeMembers(request) == done
        assert await client.merges.UnmergeMembers(undo) == undone

    async def test_lets_one_of_64_callers_win(self, client: Client, pair: list[str]) -> None:
        async def attempt() -> str:
            answer = await asyncio.gather(client.merges.MergeMembers(merging(*pair)), return_exceptions=True)
            return type(answer[0]).__name__

        assert sorted(await asyncio.gather(*(attempt() for _ in range(AT_ONCE)))) == [
            *["AioRpcError"] * (AT_ONCE - 1),
            "MergeMembersResponse",
        ]

    @pytest.mark.parametrize("field", ["survivor_id", "duplicate_id", "reason", "request_id"])
    async def test_refuses_a_request_that_lacks_something(
        self, client: Client, pair: list[str], field: str
    ) -> None:
        for request in (merging(*pair), merging(*pair, dry_run=True)):
            request.ClearField(field)  # type: ignore[arg-type] # one of its fields
            refusal = await refused(client.merges.MergeMembers(request))
            assert (refusal.code, set(refusal.fields)) == (StatusCode.INVALID_ARGUMENT, {field})

    async def test_refuses_a_dry_run_as_it_refuses_the_merge(self, client: Client, pair: list[str]) -> None:
        for dry_run in (True, False):
            request = merging(pair[0], pair[0], dry_run=dry_run)
            assert await refused(client.merges.MergeMembers(request)) == Refusal(
                code=StatusCode.INVALID_ARGUMENT, reason="SAME_MEMBER", fields=("duplicate_id",)
            )
            gone = await refused(client.merges.UnmergeMembers(parting("none", dry_run=dry_run)))
            assert (gone.code, gone.reason) == (StatusCode.NOT_FOUND, "MERGE_UNKNOWN")


class TestReading:
    async def test_about_the_old_id_answers_about_the_survivor(self, client: Client, pair: list[str]) -> None:
        ann, anna = pair
        await client.merges.MergeMembers(merging(ann, anna))
        one = await client.members.GetMember(GetMemberRequest(member_id=anna))
        assert one.member.member_id == ann
        many = await client.members.BatchGetMembers(BatchGetMembersRequest(member_ids=[anna, ann]))
        assert [each.member_id for each in many.members] == [ann, ann]
        listed = await client.members.ListMembers(ListMembersRequest())
        assert [each.member_id for each in listed.members] == [ann]
        enrolment = await client.enrolments.GetEnrolment(GetEnrolmentRequest(member_id=anna))
        assert enrolment.enrolment.member_id == ann

    async def test_participation_waits_for_a_merge_by_its_positions(
        self, client: Client, events: Events, pair: list[str]
    ) -> None:
        ann, anna = pair
        await events.state(hours("h1", anna))
        client.ring()
        request = GetParticipationRequest(period_id="2025", at_least={"events": 1})
        assert (await client.enrolments.GetParticipation(request)).participating == 1
        merged = await client.merges.MergeMembers(merging(ann, anna))
        request = GetParticipationRequest(period_id="2025", at_least=merged.written.positions)
        answer = await client.enrolments.GetParticipation(request)
        assert (answer.enrolled, answer.participating) == (1, 1)

    async def test_a_merge_tells_what_it_did_and_who_took_it_back(
        self, client: Client, pair: list[str]
    ) -> None:
        ann, anna = pair
        merge_id = (await client.merges.MergeMembers(merging(ann, anna))).written.id
        await client.merges.UnmergeMembers(parting(merge_id))
        merge = (await client.merges.GetMerge(pb.GetMergeRequest(merge_id=merge_id))).merge
        assert (merge.survivor_id, merge.duplicate_id, merge.reason) == (ann, anna, "Registered twice.")
        assert (merge.merged_by, merge.undone_by) == ("service:test", "service:test")
        assert merge.undone_reason == "Two persons after all."
        assert [each.outcome for each in merge.records] == [REINSTATED, RETURNED]
        gone = await refused(client.merges.GetMerge(pb.GetMergeRequest(merge_id="none")))
        assert gone.reason == "MERGE_UNKNOWN"

    async def test_lists_the_merges_of_either_id_in_pages(self, client: Client, pair: list[str]) -> None:
        ann, anna = pair
        ids = []
        for _ in range(3):
            ids.append((await client.merges.MergeMembers(merging(ann, anna))).written.id)
            await client.merges.UnmergeMembers(parting(ids[-1]))
        for member_id in pair:
            request = pb.ListMergesRequest(member_id=member_id, page_size=2)
            first = await client.merges.ListMerges(request)
            request.page_token = first.next_page_token
            second = await client.merges.ListMerges(request)
            assert [each.merge_id for each in (*first.merges, *second.merges)] == ids
            assert not second.next_page_token
        nobody = await refused(client.merges.ListMerges(pb.ListMergesRequest(member_id="nobody")))
        assert nobody.reason == "MEMBER_UNKNOWN"
