from linli.events.v1.facts_pb2 import WishFact
from linli.events.v1.wish_pb2 import WISH_CATEGORY_LIVELIHOOD, WISH_STATE_CONFIRMED

from services.chassis.moments import moment_of
from services.events.domain.wish import Wish, WishState
from services.events.storage.wishes import read_wish
from services.events.usecases.claim_wishes import ClaimWish, claim_wishes
from services.events.usecases.confirm_fulfilments import ConfirmFulfilment, confirm_fulfilments
from services.events.usecases.fulfil_wishes import FulfilWish, fulfil_wishes
from services.events.usecases.submit_wishes import submit_wishes
from services.events.usecases.verify_wishes import VerifyWish, verify_wishes
from tests.integration.databases import reasons
from tests.integration.events.neighbourhood import (
    COMMUNITY,
    DAY,
    HOUR,
    MEMBERS,
    NINE,
    ORGANISER,
    Neighbourhood,
    new_wish,
)

ONE, TWO = MEMBERS[:2]


async def held(neighbourhood: Neighbourhood, wish_id: str) -> Wish:
    async with neighbourhood.database.read() as connection:
        wish = await read_wish(connection, wish_id)
    assert wish is not None
    return wish


class TestSubmittingWishes:
    async def test_decides_each_by_itself(self, neighbourhood: Neighbourhood) -> None:
        await neighbourhood.ids(submit_wishes, new_wish("W-1"))
        outcomes = await neighbourhood.run(
            submit_wishes,
            new_wish("W-2"),
            new_wish("W-2"),
            new_wish("W-1"),
            new_wish("W-3", community_id="nowhere"),
            new_wish("W-4", occurred_at=NINE + 40_000 * DAY),
        )
        expected = ["WRITTEN", "CODE_TAKEN", "CODE_TAKEN", "COMMUNITY_UNKNOWN", "INVALID_FIELD"]
        assert reasons(outcomes) == expected


class TestAWish:
    async def test_goes_from_submitted_to_confirmed_and_is_stated_then(
        self, neighbourhood: Neighbourhood
    ) -> None:
        (wish,) = await neighbourhood.open_wishes("W-1")
        claim = ClaimWish(wish_id=wish, member_id=ONE, occurred_at=NINE + 3 * HOUR)
        await neighbourhood.ids(claim_wishes, claim)
        await neighbourhood.ids(fulfil_wishes, FulfilWish(wish_id=wish, occurred_at=NINE + 4 * HOUR))
        assert await neighbourhood.stated() == []
        confirmation = ConfirmFulfilment(wish_id=wish, confirmed_by=ORGANISER, occurred_at=NINE + 5 * HOUR)
        await neighbourhood.ids(confirm_fulfilments, confirmation)
        (fact,) = await neighbourhood.stated()
        body = WishFact.FromString(fact.body.value)
        assert (fact.record_id, fact.revision) == (wish, 1)
        assert moment_of(fact.effective_at) == moment_of(body.fulfilled_at) == NINE + 4 * HOUR
        assert [(subject.kind, subject.id) for subject in fact.subjects] == [
            ("member", ONE),
            ("wish", wish),
        ]
        assert [(cause.log, cause.record_id, cause.revision) for cause in fact.causes] == [
            ("members", ONE, 1),
            ("members", COMMUNITY, 1),
        ]
        assert (body.state, body.category) == (WISH_STATE_CONFIRMED, WISH_CATEGORY_LIVELIHOOD)
        assert (body.claimer_member_id, body.community_id) == (ONE, COMMUNITY)
        assert (await held(neighbourhood, wish)).state is WishState.CONFIRMED
        assert await neighbourhood.findings() == []

    async def test_refuses_steps_in_the_wrong_order_time_or_person(
        self, neighbourhood: Neighbourhood
    ) -> None:
        (wish,) = await neighbourhood.open_wishes("W-1")
        fulfilled = FulfilWish(wish_id=wish, occurred_at=NINE + 4 * HOUR)
        unknown = FulfilWish(wish_id="unknown")
        assert reasons(await neighbourhood.run(fulfil_wishes, fulfilled, unknown)) == [
            "WRONG_STATE",
            "WISH_UNKNOWN",
        ]
        again = VerifyWish(wish_id=wish)
        assert reasons(await neighbourhood.run(verify_wishes, again)) == ["WRONG_STATE"]
        claim = ClaimWish(wish_id=wish, member_id=ONE, occurred_at=NINE + 3 * HOUR)
        await neighbourhood.ids(claim_wishes, claim)
        early = FulfilWish(wish_id=wish, occurred_at=NINE + HOUR)
        outcomes = await neighbourhood.run(fulfil_wishes, early, fulfilled, fulfilled)
        assert reasons(outcomes) == ["STEP_BEFORE_PREVIOUS", "WRITTEN", "WRONG_STATE"]
        own = ConfirmFulfilment(wish_id=wish, confirmed_by=f"member:{ONE}")
        assert reasons(await neighbourhood.run(confirm_fulfilments, own)) == ["OWN_WISH"]


class TestClaimingWishes:
    async def test_gives_a_wish_to_the_first_of_a_batch(self, neighbourhood: Neighbourhood) -> None:
        (wish,) = await neighbourhood.open_wishes("W-1")
        outcomes = await neighbourhood.run(
            claim_wishes,
            ClaimWish(wish_id=wish, member_id="stranger"),
            ClaimWish(wish_id=wish, member_id=TWO),
            ClaimWish(wish_id=wish, member_id=ONE),
            ClaimWish(wish_id="unknown", member_id=ONE),
        )
        expected = ["MEMBER_UNKNOWN", "WRITTEN", "ALREADY_CLAIMED", "WISH_UNKNOWN"]
        assert reasons(outcomes) == expected
        assert (await held(neighbourhood, wish)).claimer_member_id == TWO

    async def test_refuses_a_wish_that_is_not_open(self, neighbourhood: Neighbourhood) -> None:
        (wish,) = await neighbourhood.ids(submit_wishes, new_wish())
        claim = ClaimWish(wish_id=wish, member_id=ONE)
        assert reasons(await neighbourhood.run(claim_wishes, claim)) == ["WRONG_STATE"]
