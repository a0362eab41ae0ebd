import random
from collections.abc import AsyncGenerator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from linli.feed.v1.fact_pb2 import Fact
from linli.points.v1 import leaderboard_pb2 as boards
from linli.points.v1 import ledger_pb2 as pb

from services.chassis.facts import applier
from services.chassis.faults import NotCaughtUp
from services.points.api.leaderboard import leaderboard_service
from services.points.api.ledger import ledger_service
from services.points.jobs.check_standings import standings_checks
from tests.integration.databases import findings
from tests.integration.points.feeding import Ledger, open_ledger
from tests.integration.points.house import SHANGHAI, ask, define, framed, receive_up_to
from tests.unit.points.factories import day
from tests.unit.points.stated import enrolment_fact, hours_fact, member_fact, wish_fact

PEOPLE = ("ann", "anna", "anne")
MERGED = member_fact("anna", merged_into="ann", revision=2)
PARTED = member_fact("anna", revision=3)


@pytest.fixture
async def ledger(database_url: str) -> AsyncGenerator[Ledger]:
    async with open_ledger(database_url) as opened:
        yield opened


def both_at_one_activity() -> list[Fact]:
    """90 minutes each at one activity, of which 120 of one person count; and a community each."""
    return [
        *(member_fact(each) for each in ("ann", "anna")),
        enrolment_fact("e-anna", member="anna", community="west"),
        hours_fact("h1", member="ann", minutes=90, at=day(10)),
        hours_fact("h2", member="anna", minutes=90, at=day(11)),
        wish_fact("w", member="anna", at=day(20)),
    ]


def a_year_with_merges() -> list[Fact]:
    """Hours of three people, merged one into the other and parted, in the order in which it was stated."""
    facts = [member_fact(each) for each in PEOPLE]
    for number, member in enumerate(PEOPLE):
        facts += [
            enrolment_fact(f"e-{member}", member=member, community=f"c{number}"),
            *(
                hours_fact(f"h-{member}-{n}", member=member, minutes=70, at=day(9 * n), activity=f"a{n}")
                for n in range(1, 6)
            ),
            wish_fact(f"w-{member}", member=member, at=day(50 + number)),
        ]
    return [
        *facts,
        member_fact("anne", merged_into="anna", revision=2),
        enrolment_fact("e-anne", member="anne", community="c2", revision=2, withdrawn=True),
        member_fact("anna", merged_into="ann", revision=2),
        member_fact("anne", merged_into="ann", revision=3),
        enrolment_fact("e-anna", member="anna", community="c1", revision=2, withdrawn=True),
        hours_fact("late", member="anne", minutes=30, at=day(80)),
        hours_fact("h-anna-2", member="anna", revision=2, revoked=True),
        member_fact("anne", revision=4),
        enrolment_fact("e-anne", member="anne", community="c2", revision=3),
    ]


async def held(ledger: Ledger) -> tuple[list[SimpleNamespace], list[SimpleNamespace]]:
    """Read what everybody has, but for accounts that are empty because all was taken back."""
    nonempty = [each for each in await ledger.accounts() if each.balance_milli]
    return await ledger.grants(), nonempty


class TestTwoMembersWhoAreOne:
    async def test_are_assessed_as_one_subject(self, ledger: Ledger) -> None:
        await ledger.feed(*both_at_one_activity())
        assert [(await ledger.balance_of(each))[0] for each in ("ann", "anna")] == [1_500, 3_500]
        await ledger.feed(MERGED, enrolment_fact("e-anna", member="ann", community="west", revision=2))
        assert await ledger.balance_of("ann") == (4_000, 3, 120, 1)
        assert (await ledger.balance_of("anna"))[0] == 0
        cut = next(each for each in await ledger.grants() if each.record_id == "h2")
        assert (cut.member_id, cut.granted_milli, cut.community_id) == ("ann", 500, "west")
        assert cut.limit_id
        assert await ledger.findings() == []

    async def test_are_two_again_when_the_merge_is_taken_back(self, ledger: Ledger) -> None:
        await ledger.feed(*both_at_one_activity())
        before = await held(ledger)
        await ledger.feed(MERGED)
        assert await held(ledger) != before
        await ledger.feed(PARTED)
        assert await held(ledger) == before
        assert await ledger.findings() == []

    async def test_share_what_is_recorded_later_under_the_old_id(self, ledger: Ledger) -> None:
        await ledger.feed(*both_at_one_activity(), MERGED)
        await ledger.feed(hours_fact("late", member="anna", minutes=60, at=day(5), activity="painting"))
        assert (await ledger.balance_of("ann"))[0] == 5_000
        await ledger.feed(hours_fact("h2", member="anna", revision=2, revoked=True))
        assert (await ledger.balance_of("ann"))[0] == 4_500
        assert await ledger.findings() == []

    async def test_lose_no_enrolment_but_the_one_that_fell_away(self, ledger: Ledger) -> None:
        await ledger.feed(*both_at_one_activity(), enrolment_fact("e-ann", member="ann", community="east"))
        gone = enrolment_fact("e-anna", member="anna", community="west", revision=2, withdrawn=True)
        await ledger.feed(MERGED, gone)
        assert {each.community_id for each in await ledger.grants()} == {"east"}

    @pytest.mark.parametrize("seed", range(4))
    async def test_are_the_same_in_any_order_as_computed_at_once(self, tmp_path: Path, seed: int) -> None:
        chance = random.Random(seed)
        facts = a_year_with_merges()
        async with open_ledger(f"sqlite:///{tmp_path / 'once.db'}") as once:
            await once.feed(*facts)
            wanted = await held(once)
            assert await once.findings() == []
        chance.shuffle(facts)
        async with open_ledger(f"sqlite:///{tmp_path / 'mixed.db'}") as mixed:
            for fact in facts:
                await mixed.keep(fact)
                if chance.random() < 0.3:
                    await mixed.settle()
                assert await mixed.findings() == []
            await mixed.settle()
            assert await held(mixed) == wanted
            assert await mixed.findings() == []

    async def test_are_what_one_member_would_be_who_did_it_all(self, ledger: Ledger, tmp_path: Path) -> None:
        facts = both_at_one_activity()
        moved = enrolment_fact("e-anna", member="ann", community="west", revision=2)
        await ledger.feed(*facts, MERGED, moved)
        async with open_ledger(f"sqlite:///{tmp_path / 'alone.db'}") as alone:
            for fact in facts:
                for subject in fact.subjects:
                    subject.id = "ann"
            await alone.feed(*facts)
            grants, accounts = await held(alone)
        assert await held(ledger) == (grants, accounts)


class TestAskedAboutTheOldId:
    async def test_the_ledger_answers_about_the_survivor(self, ledger: Ledger) -> None:
        await ledger.feed(*both_at_one_activity(), MERGED)
        async with framed(ledger.database) as frame:
            rpcs = ledger_service(frame).rpcs
            one = await ask(rpcs, pb.GetBalanceRequest(member_id="anna"))
            assert (one.balance.member_id, one.balance.balance_milli) == ("ann", 4_000)
            many = await ask(rpcs, pb.BatchGetBalancesRequest(member_ids=["anna", "ann", "nobody"]))
            assert [each.member_id for each in many.balances] == ["ann", "ann"]
            assert list(many.unknown_ids) == ["nobody"]
            listed = await ask(rpcs, pb.ListEntriesRequest(member_id="anna"))
            assert {each.to_account for each in listed.entries} == {"member:ann/merit"}

    async def test_the_boards_answer_about_the_survivor(self, ledger: Ledger) -> None:
        board_id = await define(ledger.database)
        await ledger.feed(*both_at_one_activity(), MERGED)
        async with framed(ledger.database) as frame:
            rpcs = leaderboard_service(frame).rpcs
            asked = boards.GetRankRequest(member_id="anna", board_id=board_id, period_id="2025")
            rank = await ask(rpcs, asked)
            assert (rank.place.member_id, rank.place.place, rank.standings) == ("ann", 1, 1)
            top = await ask(rpcs, boards.GetTopRequest(board_id=board_id, period_id="2025"))
            assert [each.member_id for each in top.places] == ["ann"]
        assert await findings(ledger.database, *standings_checks(zone=SHANGHAI)) == []

    async def test_nobody_is_answered_before_the_survivor_is_computed(
        self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(applier, "SUBJECTS_PER_BATCH", 1)
        await receive_up_to(ledger.database, members=9, events=4)
        await ledger.feed(*both_at_one_activity(), MERGED)
        await ledger.keep(hours_fact("late", member="anna", minutes=60, at=day(5), activity="painting"))
        async with framed(ledger.database) as frame:
            rpcs = ledger_service(frame).rpcs
            request = pb.GetBalanceRequest(member_id="anna", at_least={"events": 4})

            async def answer() -> Any:
                return await ask(rpcs, request, seconds=0.4)

            with pytest.raises(NotCaughtUp):
                await answer()
            # The duplicate is computed, which tells nobody anything; the survivor is not yet.
            assert await ledger.applier().apply_some() == 1
            with pytest.raises(NotCaughtUp):
                await answer()
            assert await ledger.applier().apply_some() == 1
            assert (await answer()).balance.balance_milli == 5_000


class TestVerifying:
    async def test_leaves_a_survivor_out_whose_duplicate_waits(self, ledger: Ledger) -> None:
        await ledger.feed(*both_at_one_activity(), MERGED)
        await ledger.keep(hours_fact("late", member="anna", at=day(5), activity="painting"))
        assert await ledger.findings() == []
        await ledger.settle()
        assert await ledger.findings() == []
