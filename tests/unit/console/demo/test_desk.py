from collections import Counter
from decimal import Decimal

from grpc import aio
from rich.console import Console

from services.console.configuration import SERVICES
from services.console.demo.counts import SCALE_MAX, SEED_MAX
from services.console.demo.desk import Desk
from services.console.demo.district import District
from services.console.demo.explaining import choose
from services.console.demo.generate import generate
from services.console.demo.rules import ACTIVITY_MINUTES_MAX
from services.console.demo.standings import confirmed_minutes, rank
from services.console.demo.write_activities import rounds
from services.console.steps import Steps

REQUEST_ID_LENGTH_MAX = 64


def desk(district: District, channel: aio.Channel) -> Desk:
    return Desk(
        channels=dict.fromkeys(SERVICES, channel),
        district=district,
        steps=Steps(console=Console(quiet=True)),
    )


class TestRequestIds:
    async def test_fit_whatever_the_seed_and_scale(self) -> None:
        district = generate(seed=SEED_MAX, scale=Decimal("0.9999"))
        longest = max((stay.code for stay in district.stays), key=len)
        async with aio.insecure_channel("localhost:1") as channel:
            request_id = desk(district, channel).request_id("sign-out", longest)
        assert len(request_id) <= REQUEST_ID_LENGTH_MAX
        assert all("!" <= letter <= "~" for letter in request_id)

    async def test_tell_seeds_and_scales_apart_but_not_spellings(self) -> None:
        years = [(1, "0.01"), (1, "0.010"), (2, "0.01"), (1, "0.02")]
        async with aio.insecure_channel("localhost:1") as channel:
            ids = [
                desk(generate(seed=seed, scale=Decimal(scale)), channel).request_id("enrol", "M00001")
                for seed, scale in years
            ]
        assert ids[0] == "demo-2025-1-0.01-enrol-M00001"
        assert ids[0] == ids[1]
        assert len(set(ids)) == 3

    def test_write_the_largest_scale_without_an_exponent(self) -> None:
        assert f"{SCALE_MAX.normalize():f}" == "10"


class TestRounds:
    def test_hold_every_stay_once_and_each_member_once(self) -> None:
        district = generate(seed=5, scale=Decimal("0.005"))
        found = rounds(district)
        assert sorted(stay.code for each in found for stay in each) == sorted(
            stay.code for stay in district.stays
        )
        assert all(max(Counter(stay.member for stay in each).values()) == 1 for each in found)

    def test_keep_the_order_of_each_members_stays(self) -> None:
        district = generate(seed=5, scale=Decimal("0.005"))
        last: dict[str, str] = {}
        for each in rounds(district):
            for stay in each:
                moment = stay.signed_in_at.isoformat()
                assert last.get(stay.member, "") < moment
                last[stay.member] = moment


class TestExplainedEntry:
    def test_is_one_that_the_limit_cut(self) -> None:
        district = generate(seed=5, scale=Decimal("0.05"))
        member, record = choose(district)
        stay = next(stay for stay in district.stays if stay.code == record)
        assert stay.member == member
        assert confirmed_minutes(stay) > ACTIVITY_MINUTES_MAX
        assert member in {standing.member for standing in rank(district)[:3]}

    def test_is_there_in_the_smallest_year(self) -> None:
        assert choose(generate(seed=5, scale=Decimal("0.0001")))[0] == "M00001"
