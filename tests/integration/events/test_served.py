from collections.abc import AsyncGenerator
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode
from linli.events.v1 import activity_pb2 as pb
from linli.events.v1 import wish_pb2 as wishes_pb

from services.chassis.ids import new_id
from services.chassis.moments import timestamp
from tests.integration.events.neighbourhood import (
    COMMUNITY,
    DAY,
    HOUR,
    MEMBERS,
    NINE,
    Neighbourhood,
    open_neighbourhood,
    told_facts,
)
from tests.integration.events.serving import Client, Register, calling, open_register, serving
from tests.integration.serving import Refusal, refusal, refused

ONE = MEMBERS[0]


@pytest.fixture
async def neighbourhood(database_url: str) -> AsyncGenerator[Neighbourhood]:
    """Nothing was told yet."""
    async with open_neighbourhood(database_url, told=False) as opened:
        yield opened


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as opened:
        yield opened


@pytest.fixture
async def target(neighbourhood: Neighbourhood, register: Register) -> AsyncGenerator[str]:
    async with serving(neighbourhood, register) as address:
        yield address


@pytest.fixture
async def client(target: str) -> AsyncGenerator[Client]:
    async with calling(target, "service:test") as client:
        yield client


def at(hours: float) -> Timestamp | None:
    return timestamp(NINE + hours * HOUR)


def an_activity(code: str = "A-1", **others: Any) -> pb.CreateActivityRequest:
    stated: dict[str, Any] = {
        "request_id": new_id(),
        "title": "清扫院落",
        "community_id": COMMUNITY,
        "starts_at": at(0),
        "ends_at": at(2),
        **others,
    }
    return pb.CreateActivityRequest(code=code, **stated)


def a_wish(code: str = "W-1", **others: Any) -> wishes_pb.SubmitWishRequest:
    stated: dict[str, Any] = {
        "request_id": new_id(),
        "title": "一盏台灯",
        "category": wishes_pb.WISH_CATEGORY_LIVELIHOOD,
        "community_id": COMMUNITY,
        "occurred_at": at(0),
        **others,
    }
    return wishes_pb.SubmitWishRequest(code=code, **stated)


async def published(client: Client, register: Register) -> str:
    """Publish an activity; `events` has received the register by then."""
    told = {"members": await register.tell(told_facts())}
    created = await client.activities.CreateActivity(an_activity(at_least=told))
    publish = pb.PublishActivityRequest(
        request_id=new_id(), activity_id=created.written.id, occurred_at=timestamp(NINE - DAY)
    )
    return (await client.activities.PublishActivity(publish)).written.id


class TestAWriteAboutWhatMembersJustTold:
    async def test_is_refused_until_it_is_received_and_waits_for_it_if_asked(
        self, client: Client, register: Register
    ) -> None:
        early = await refused(client.activities.CreateActivity(an_activity()))
        assert (early.code, early.reason) == (StatusCode.NOT_FOUND, "COMMUNITY_UNKNOWN")
        told = {"members": await register.tell(told_facts())}
        created = await client.activities.CreateActivity(an_activity(at_least=told))
        found = await client.activities.GetActivity(pb.GetActivityRequest(activity_id=created.written.id))
        assert (found.activity.title, found.activity.state) == ("清扫院落", pb.ACTIVITY_STATE_DRAFT)


class TestHours:
    async def test_go_from_sign_in_to_confirmed_and_revoked(self, client: Client, register: Register) -> None:
        activity_id = await published(client, register)
        who: dict[str, Any] = {"activity_id": activity_id}
        comings = [
            pb.SignInRequest(request_id=new_id(), member_id=member, occurred_at=at(0), **who)
            for member in (*MEMBERS[:3], "stranger")
        ]
        entered = await client.activities.BatchSignIn(pb.BatchSignInRequest(items=comings))
        assert [result.WhichOneof("outcome") for result in entered.results] == ["written"] * 3 + ["refused"]
        goings = [
            pb.SignOutRequest(request_id=new_id(), member_id=member, occurred_at=at(1.5), **who)
            for member in MEMBERS[:3]
        ]
        left = await client.activities.BatchSignOut(pb.BatchSignOutRequest(items=goings))
        confirmations = [
            pb.ConfirmHoursRequest(request_id=new_id(), attendance_id=result.written.id)
            for result in left.results
        ]
        confirmed = await client.activities.BatchConfirmHours(
            pb.BatchConfirmHoursRequest(items=confirmations)
        )
        assert confirmed.positions == {"events": 4}
        first = confirmed.results[0].written
        assert first.positions == {"events": 2}
        revocation = pb.RevokeHoursRequest(request_id=new_id(), attendance_id=first.id, reason="wrong day")
        await client.activities.RevokeHours(revocation)
        listed = await client.activities.ListAttendances(pb.ListAttendancesRequest(**who))
        assert [(stay.member_id, stay.state, stay.confirmed_minutes) for stay in listed.attendances] == [
            (MEMBERS[0], pb.ATTENDANCE_STATE_REVOKED, 0),
            (MEMBERS[1], pb.ATTENDANCE_STATE_CONFIRMED, 90),
            (MEMBERS[2], pb.ATTENDANCE_STATE_CONFIRMED, 90),
        ]

    async def test_are_not_confirmed_by_the_member(
        self, client: Client, register: Register, target: str, neighbourhood: Neighbourhood
    ) -> None:
        attendance = await neighbourhood.stay(await published(client, register), ONE)
        request = pb.ConfirmHoursRequest(request_id=new_id(), attendance_id=attendance)
        async with calling(target, f"member:{ONE}") as oneself:
            own = await refused(oneself.activities.ConfirmHours(request))
        assert (own.code, own.reason) == (StatusCode.PERMISSION_DENIED, "OWN_HOURS")
        async with calling(target, "member:organiser") as organiser:
            assert (await organiser.activities.ConfirmHours(request)).written.id == attendance


class TestAWish:
    async def test_goes_from_submitted_to_confirmed(self, client: Client, register: Register) -> None:
        told = {"members": await register.tell(told_facts())}
        wish = (await client.wishes.SubmitWish(a_wish(at_least=told))).written.id

        def step(request: Any, hours: float, **others: Any) -> Any:
            return request(request_id=new_id(), wish_id=wish, occurred_at=at(hours), **others)

        early = await refused(client.wishes.ClaimWish(step(wishes_pb.ClaimWishRequest, 1, member_id=ONE)))
        assert (early.code, early.reason) == (StatusCode.FAILED_PRECONDITION, "WRONG_STATE")
        await client.wishes.VerifyWish(step(wishes_pb.VerifyWishRequest, 1))
        await client.wishes.PublishWish(step(wishes_pb.PublishWishRequest, 2))
        await client.wishes.ClaimWish(step(wishes_pb.ClaimWishRequest, 3, member_id=ONE))
        second = await refused(
            client.wishes.ClaimWish(step(wishes_pb.ClaimWishRequest, 3, member_id=MEMBERS[1]))
        )
        assert (second.code, second.reason) == (StatusCode.ALREADY_EXISTS, "ALREADY_CLAIMED")
        before = await refused(client.wishes.FulfilWish(step(wishes_pb.FulfilWishRequest, 1)))
        assert before == Refusal(
            code=StatusCode.INVALID_ARGUMENT, reason="STEP_BEFORE_PREVIOUS", fields=("occurred_at",)
        )
        await client.wishes.FulfilWish(step(wishes_pb.FulfilWishRequest, 4))
        done = await client.wishes.ConfirmFulfilment(step(wishes_pb.ConfirmFulfilmentRequest, 5))
        assert done.written.positions == {"events": 1}
        found = (await client.wishes.GetWish(wishes_pb.GetWishRequest(wish_id=wish))).wish
        assert (found.state, found.claimer_member_id) == (wishes_pb.WISH_STATE_CONFIRMED, ONE)
        assert [found.submitted_at, found.claimed_at, found.fulfilled_at, found.confirmed_at] == [
            at(0),
            at(3),
            at(4),
            at(5),
        ]


class TestLists:
    async def test_come_in_the_order_of_codes_page_by_page(self, client: Client, register: Register) -> None:
        told = {"members": await register.tell(told_facts())}
        codes = ["b", "A", "a", "B", "a-1"]
        activities = pb.BatchCreateActivitiesRequest(items=map(an_activity, codes), at_least=told)
        await client.activities.BatchCreateActivities(activities)
        await client.wishes.BatchSubmitWishes(wishes_pb.BatchSubmitWishesRequest(items=map(a_wish, codes)))
        listed: tuple[list[str], list[str]] = ([], [])
        token = ""
        while token or not listed[0]:
            ask = pb.ListActivitiesRequest(community_id=COMMUNITY, page_size=2, page_token=token)
            page = await client.activities.ListActivities(ask)
            listed[0].extend(activity.code for activity in page.activities)
            token = page.next_page_token
        while token or not listed[1]:
            wanted = wishes_pb.ListWishesRequest(
                state=wishes_pb.WISH_STATE_SUBMITTED, page_size=2, page_token=token
            )
            answer = await client.wishes.ListWishes(wanted)
            listed[1].extend(wish.code for wish in answer.wishes)
            token = answer.next_page_token
        assert listed == (sorted(codes), sorted(codes))

    async def test_keep_to_their_filter(self, client: Client, register: Register) -> None:
        await published(client, register)
        elsewhere = await client.activities.ListActivities(pb.ListActivitiesRequest(community_id="elsewhere"))
        assert list(elsewhere.activities) == []
        wanted = wishes_pb.ListWishesRequest(state=wishes_pb.WISH_STATE_CLAIMED)
        assert list((await client.wishes.ListWishes(wanted)).wishes) == []


class TestBadInput:
    async def test_is_refused_by_name_and_item_by_item(self, client: Client, register: Register) -> None:
        told = {"members": await register.tell(told_facts())}
        bad = [
            an_activity("A-1", starts_at=None),
            an_activity("A-2", ends_at=Timestamp(seconds=10**12)),
            an_activity("A-3", ends_at=Timestamp(seconds=-(10**10))),
            an_activity("A-4", ends_at=at(0)),
            an_activity("a code"),
            an_activity("A-5"),
        ]
        answer = await client.activities.BatchCreateActivities(
            pb.BatchCreateActivitiesRequest(items=bad, at_least=told)
        )
        assert [refusal(result.refused).fields for result in answer.results[:5]] == [
            ("starts_at",),
            ("ends_at",),
            ("ends_at",),
            ("ends_at",),
            ("code",),
        ]
        assert answer.results[5].written.id

    async def test_about_what_is_unknown_is_not_found(self, client: Client) -> None:
        activity = await refused(client.activities.GetActivity(pb.GetActivityRequest(activity_id="unknown")))
        wish = await refused(client.wishes.GetWish(wishes_pb.GetWishRequest(wish_id="unknown")))
        assert (activity.code, activity.reason) == (StatusCode.NOT_FOUND, "ACTIVITY_UNKNOWN")
        assert (wish.code, wish.reason) == (StatusCode.NOT_FOUND, "WISH_UNKNOWN")
