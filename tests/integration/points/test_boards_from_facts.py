import asyncio
import random
from collections.abc import AsyncGenerator

import pytest
from linli.feed.v1.fact_pb2 import Fact
from linli.points.v1 import leaderboard_pb2 as pb

from services.chassis.faults import NotCaughtUp
from services.chassis.rpc.table import RpcTable
from services.points.api.leaderboard import leaderboard_service
from services.points.jobs.check_standings import standings_checks
from tests.integration.databases import findings
from tests.integration.points.feeding import Ledger, open_ledger
from tests.integration.points.house import COMMUNITY_MONTH, SHANGHAI, ask, define, framed, receive_up_to
from tests.unit.points.factories import day, hailin_rules, rule_set
from tests.unit.points.stated import enrolment_fact, hours_fact, wish_fact

DISTRICT = pb.CreateBoardRequest(
    request_id="r",
    code="district-year",
    name="全区年度",
    scope=pb.BOARD_SCOPE_DISTRICT,
    period_kind=pb.PERIOD_KIND_YEAR,
    tie_keys=[pb.TIE_KEY_WISHES_FULFILLED],
)
BOTH_LOGS = {"members": 1, "events": 3}


@pytest.fixture
async def ledger(database_url: str) -> AsyncGenerator[Ledger]:
    async with open_ledger(database_url) as opened:
        yield opened


@pytest.fixture
async def rpcs(ledger: Ledger) -> AsyncGenerator[RpcTable]:
    async with framed(ledger.database) as frame:
        yield leaderboard_service(frame).rpcs


async def feed_a_little(ledger: Ledger) -> None:
    await receive_up_to(ledger.database, **BOTH_LOGS)
    await ledger.feed(
        enrolment_fact("e", member="ann", community="east"),
        hours_fact("h1", member="ann"),
        wish_fact("w", member="bo"),
        hours_fact("h2", member="cai", minutes=30),
    )


def draw_fact(chance: random.Random, *, revision: int) -> Fact:
    """Draw a fact about one of a few records, each of one member."""
    number, at = chance.randrange(40), day(chance.randrange(1, 360))
    member = f"m{number % 7}"
    match chance.randrange(4):
        case 0:
            return wish_fact(f"w{number}", member=member, at=at, revision=revision)
        case 1:
            return enrolment_fact(f"e{number}", member=member, since=at, revision=revision)
        case _:
            return hours_fact(f"h{number}", member=member, at=at, revision=revision)


async def scores(rpcs: RpcTable, board_id: str, **fields: object) -> list[tuple[str, int]]:
    request = pb.GetTopRequest(**{"board_id": board_id, "period_id": "2025", **fields})  # type: ignore[arg-type]
    top = await ask(rpcs, request, seconds=0.3)
    return [(place.member_id, place.score_milli) for place in top.places]


class TestABoard:
    async def test_is_filled_from_facts_that_came_before_it(self, ledger: Ledger, rpcs: RpcTable) -> None:
        await feed_a_little(ledger)
        board_id = (await ask(rpcs, DISTRICT)).written.id
        await ledger.settle()
        assert await scores(rpcs, board_id) == [("bo", 2_000), ("ann", 1_000), ("cai", 500)]

    async def test_does_not_claim_to_reflect_them_before_it_is_filled(
        self, ledger: Ledger, rpcs: RpcTable
    ) -> None:
        await feed_a_little(ledger)
        board_id = (await ask(rpcs, DISTRICT)).written.id
        with pytest.raises(NotCaughtUp):
            await scores(rpcs, board_id, at_least=BOTH_LOGS)
        await ledger.settle()
        assert len(await scores(rpcs, board_id, at_least=BOTH_LOGS)) == 3

    async def test_says_what_it_reflects(self, ledger: Ledger, rpcs: RpcTable) -> None:
        (later,) = await ledger.decree(rule_set(version=2, effective_from=day(400)))
        await feed_a_little(ledger)
        board_id = (await ask(rpcs, DISTRICT)).written.id
        await ledger.settle()
        top = await ask(rpcs, pb.GetTopRequest(board_id=board_id, period_id="2025"))
        next_year = await ask(rpcs, pb.GetTopRequest(board_id=board_id, period_id="2026"))
        assert dict(top.freshness.positions) == BOTH_LOGS
        assert top.freshness.tie_policy == "WISHES_FULFILLED"
        assert len(top.freshness.rule_set_ids) == 1
        assert list(next_year.freshness.rule_set_ids) == [*top.freshness.rule_set_ids, later]

    async def test_by_communities_follows_a_late_enrolment(self, ledger: Ledger, rpcs: RpcTable) -> None:
        board_id = await define(ledger.database, COMMUNITY_MONTH)
        await ledger.feed(hours_fact("h", member="ann", at=day(10)))
        january = {"scope_id": "east", "period_id": "2025-01"}
        assert await scores(rpcs, board_id, **january) == []
        await ledger.feed(enrolment_fact("e", member="ann", community="east", since=day(10)))
        assert await scores(rpcs, board_id, **january) == [("ann", 1_000)]
        await ledger.feed(hours_fact("h", member="ann", at=day(10), revision=2, revoked=True))
        assert await scores(rpcs, board_id, **january) == []

    async def test_is_what_grants_add_up_to_whatever_happens(self, ledger: Ledger, rpcs: RpcTable) -> None:
        """Facts, boards and rule sets come in the middle of each other, with two appliers at work."""
        chance = random.Random(9)
        for number in range(120):
            await ledger.keep(draw_fact(chance, revision=number + 1))
            if number == 30:
                await ask(rpcs, DISTRICT)
            if number == 60:
                await define(ledger.database, COMMUNITY_MONTH)
            if number == 90:
                newer = rule_set(*hailin_rules(minutes_max=30), version=2, effective_from=day(100))
                await ledger.decree(newer)
            if chance.random() < 0.3:
                await asyncio.gather(*(ledger.applier().apply_some() for _ in range(2)))
        await ledger.settle()
        assert await findings(ledger.database, *standings_checks(zone=SHANGHAI)) == []
        assert not await ledger.findings()
