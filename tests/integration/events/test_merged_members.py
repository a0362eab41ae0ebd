"""What `members` tells of members who were merged or erased, and what becomes of what was begun before."""

from datetime import UTC, datetime

from linli.feed.v1.fact_pb2 import Fact
from linli.members.v1.facts_pb2 import MemberFact

from services.chassis.facts import received
from services.chassis.faults import Fault
from services.events.usecases.claim_wishes import ClaimWish, claim_wishes
from services.events.usecases.confirm_fulfilments import ConfirmFulfilment, confirm_fulfilments
from services.events.usecases.confirm_hours import ConfirmHours, confirm_hours
from services.events.usecases.fulfil_wishes import FulfilWish, fulfil_wishes
from services.events.usecases.revoke_hours import RevokeHours, revoke_hours
from services.events.usecases.sign_in import SignIn, sign_in
from services.events.usecases.sign_out import SignOut, sign_out
from tests.integration.databases import reasons
from tests.integration.events.neighbourhood import HOUR, MEMBERS, NINE, ORGANISER, Neighbourhood

ONE, TWO, GONE = MEMBERS[:3]


async def tell(neighbourhood: Neighbourhood, body: MemberFact, *, revision: int = 2) -> None:
    """Let `members` state a member anew."""
    fact = Fact(
        fact_id=f"{body.member_id}-{revision}",
        log="members",
        position=1_000 + revision + MEMBERS.index(body.member_id) * 10,
        record_id=body.member_id,
        revision=revision,
    )
    fact.body.Pack(body, type_url_prefix="linli")
    async with neighbourhood.database.write() as connection:
        await received.store(connection, "members", [fact])


async def merge(neighbourhood: Neighbourhood) -> None:
    await tell(neighbourhood, MemberFact(member_id=TWO, merged_into=ONE))


class TestWrites:
    async def test_that_name_who_was_merged_or_erased_are_refused(self, neighbourhood: Neighbourhood) -> None:
        activity_id = await neighbourhood.activity()
        wish_ids = await neighbourhood.open_wishes("W-1", "W-2")
        await merge(neighbourhood)
        erased = MemberFact(member_id=GONE)
        erased.erased_at.FromDatetime(datetime(2025, 5, 1, tzinfo=UTC))
        await tell(neighbourhood, erased)
        arrivals = await neighbourhood.run(
            sign_in,
            *(SignIn(activity_id=activity_id, member_id=each, occurred_at=NINE) for each in (ONE, TWO, GONE)),
        )
        claims = await neighbourhood.run(
            claim_wishes,
            *(
                ClaimWish(wish_id=wish_id, member_id=each, occurred_at=NINE + 3 * HOUR)
                for wish_id, each in zip(wish_ids, (TWO, GONE), strict=True)
            ),
        )
        assert reasons(arrivals) == ["WRITTEN", "MEMBER_MERGED", "MEMBER_ERASED"]
        assert reasons(claims) == ["MEMBER_MERGED", "MEMBER_ERASED"]
        for refused in (arrivals[1], claims[0]):
            assert isinstance(refused, Fault)
            assert refused.metadata["survivor_id"] == ONE

    async def test_may_name_a_member_again_when_the_merge_was_taken_back(
        self, neighbourhood: Neighbourhood
    ) -> None:
        activity_id = await neighbourhood.activity()
        await merge(neighbourhood)
        await tell(neighbourhood, MemberFact(member_id=TWO), revision=3)
        await neighbourhood.stay(activity_id, TWO)


class TestWhatWasBegunBefore:
    async def test_is_ended_confirmed_and_revoked_under_the_old_id(
        self, neighbourhood: Neighbourhood
    ) -> None:
        activity_id = await neighbourhood.activity()
        who = {"activity_id": activity_id, "member_id": TWO}
        await neighbourhood.ids(sign_in, SignIn(**who, occurred_at=NINE))
        await merge(neighbourhood)
        (stay,) = await neighbourhood.ids(sign_out, SignOut(**who, occurred_at=NINE + HOUR))
        await neighbourhood.ids(confirm_hours, ConfirmHours(attendance_id=stay, confirmed_by=ORGANISER))
        stated = (await neighbourhood.stated())[-1]
        assert stated.subjects[0].id == TWO
        assert (stated.causes[-1].record_id, stated.causes[-1].revision) == (TWO, 2)
        revocation = RevokeHours(attendance_id=stay, reason="error", revoked_by=ORGANISER)
        await neighbourhood.ids(revoke_hours, revocation)
        assert await neighbourhood.findings() == []

    async def test_is_not_confirmed_by_the_same_person_under_another_id(
        self, neighbourhood: Neighbourhood
    ) -> None:
        stay = await neighbourhood.stay(await neighbourhood.activity(), TWO)
        (wish_id,) = await neighbourhood.open_wishes("W-1")
        claim = ClaimWish(wish_id=wish_id, member_id=TWO, occurred_at=NINE + 3 * HOUR)
        await neighbourhood.ids(claim_wishes, claim)
        await neighbourhood.ids(fulfil_wishes, FulfilWish(wish_id=wish_id, occurred_at=NINE + 4 * HOUR))
        await merge(neighbourhood)
        for caller, outcome in ((f"member:{ONE}", 0), (f"member:{TWO}", 0), (f"member:{GONE}", 1)):
            hours = ConfirmHours(attendance_id=stay, confirmed_by=caller)
            fulfilment = ConfirmFulfilment(wish_id=wish_id, confirmed_by=caller)
            assert reasons(await neighbourhood.run(confirm_hours, hours)) == [
                ("OWN_HOURS", "WRITTEN")[outcome]
            ]
            assert reasons(await neighbourhood.run(confirm_fulfilments, fulfilment)) == [
                ("OWN_WISH", "WRITTEN")[outcome]
            ]
        assert await neighbourhood.findings() == []
