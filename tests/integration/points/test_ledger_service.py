from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest
from linli.points.v1 import ledger_pb2 as pb
from linli.points.v1 import rule_set_pb2

from services.chassis.faults import InvalidField, NotCaughtUp, PeriodMalformed
from services.chassis.rpc.table import RpcTable
from services.points.api.ledger import ledger_service
from services.points.domain.faults import EntryUnknown, MemberUnknown
from tests.integration.points.feeding import Ledger, open_ledger
from tests.integration.points.house import ask, framed, receive_up_to
from tests.unit.points.factories import NEW_YEAR, day, rule_set
from tests.unit.points.stated import enrolment_fact, hours_fact, member_fact, wish_fact

ENTRIES_MAX = 1_000


class Service:
    """`LedgerService` as its callers see it, over a ledger that tests feed."""

    def __init__(self, ledger: Ledger, rpcs: RpcTable) -> None:
        self.ledger = ledger
        self.rpcs = rpcs

    async def balance(self, member: str, **at_least: int) -> pb.GetBalanceResponse:
        request = pb.GetBalanceRequest(member_id=member, at_least=at_least)
        answer = await ask(self.rpcs, request, seconds=0.5)
        assert isinstance(answer, pb.GetBalanceResponse)
        return answer

    async def balances(self, *members: str) -> pb.BatchGetBalancesResponse:
        answer = await ask(self.rpcs, pb.BatchGetBalancesRequest(member_ids=members))
        assert isinstance(answer, pb.BatchGetBalancesResponse)
        return answer

    async def earned(self, period_id: str, *members: str) -> dict[str, int]:
        request = pb.BatchGetBalancesRequest(member_ids=members, period_id=period_id)
        answer = await ask(self.rpcs, request)
        return {each.member_id: each.earned_milli for each in answer.balances}

    async def entries(
        self, member: str = "ann", *, page_size: int = ENTRIES_MAX, page_token: str = ""
    ) -> pb.ListEntriesResponse:
        request = pb.ListEntriesRequest(member_id=member, page_size=page_size, page_token=page_token)
        answer = await ask(self.rpcs, request)
        assert isinstance(answer, pb.ListEntriesResponse)
        return answer

    async def explain(self, entry_id: str) -> pb.Explanation:
        answer = await ask(self.rpcs, pb.ExplainEntryRequest(entry_id=entry_id))
        assert isinstance(answer, pb.ExplainEntryResponse)
        return answer.explanation

    async def explain_all(self) -> list[pb.Explanation]:
        return [await self.explain(entry.entry_id) for entry in (await self.entries()).entries]


@pytest.fixture
async def service(database_url: str) -> AsyncGenerator[Service]:
    async with open_ledger(database_url) as ledger, framed(ledger.database) as frame:
        yield Service(ledger, ledger_service(frame).rpcs)


class TestABalance:
    async def test_has_points_minutes_and_wishes_and_what_it_rests_on(self, service: Service) -> None:
        await service.ledger.feed(member_fact("ann"), hours_fact("h", minutes=90), wish_fact("w"))
        await receive_up_to(service.ledger.database, members=1, events=2)
        answer = await service.balance("ann", members=1, events=2)
        assert answer.balance == pb.Balance(
            member_id="ann",
            currency=rule_set_pb2.CURRENCY_MERIT,
            balance_milli=3_500,
            version=2,
            counted_minutes=90,
            wishes_fulfilled=1,
        )
        assert dict(answer.freshness.positions) == {"members": 1, "events": 2}
        entry = (await service.entries()).entries[0]
        assert list(answer.freshness.rule_set_ids) == [entry.rule_set_id]

    async def test_of_a_member_without_points_is_nothing(self, service: Service) -> None:
        await service.ledger.feed(member_fact("ann"))
        answer = await service.balance("ann")
        assert (answer.balance.balance_milli, answer.balance.version) == (0, 0)

    @pytest.mark.parametrize("stranger", ["nobody", "node-1"])
    async def test_of_whom_members_never_told_is_refused(self, service: Service, stranger: str) -> None:
        await service.ledger.feed(hours_fact("h", member="nobody"))
        with pytest.raises(MemberUnknown):
            await service.balance(stranger)

    async def test_waits_for_the_facts_asked_for_and_says_when_it_waited_in_vain(
        self, service: Service
    ) -> None:
        await service.ledger.keep(member_fact("ann"), hours_fact("h"))
        await receive_up_to(service.ledger.database, members=1, events=1)
        with pytest.raises(NotCaughtUp):
            await service.balance("ann", events=1)
        with pytest.raises(InvalidField):
            await service.balance("ann", weather=1)
        await service.ledger.settle()
        assert (await service.balance("ann", events=1)).balance.balance_milli == 1_000

    async def test_waits_until_everybody_is_assessed_by_new_rules(self, service: Service) -> None:
        await service.ledger.feed(member_fact("ann"), hours_fact("h"))
        await receive_up_to(service.ledger.database, members=1, events=1)
        await service.ledger.decree(rule_set(name="programme"))
        with pytest.raises(NotCaughtUp):
            await service.balance("ann", events=1)
        await service.ledger.settle()
        assert (await service.balance("ann", events=1)).balance.balance_milli == 2_000

    async def test_of_many_comes_in_the_order_asked_for_with_strangers_apart(self, service: Service) -> None:
        await service.ledger.feed(member_fact("ann"), member_fact("bo"), hours_fact("h", member="bo"))
        answer = await service.balances("bo", "x", "ann", "nul\0")
        assert [(each.member_id, each.balance_milli) for each in answer.balances] == [
            ("bo", 1_000),
            ("ann", 0),
        ]
        assert list(answer.unknown_ids) == ["x", "nul\0"]


class TestWhatWasEarnedInAPeriod:
    async def test_counts_by_the_day_of_the_fact_in_the_zone_of_the_district(self, service: Service) -> None:
        last_of_march = datetime(2025, 3, 31, 15, 59, 59, tzinfo=UTC)
        hours = [
            hours_fact("h1", at=last_of_march, activity="a1"),
            hours_fact("h2", at=last_of_march + timedelta(seconds=1), activity="a2"),
            hours_fact("h3", at=last_of_march + timedelta(days=30), minutes=120, activity="a3"),
        ]
        await service.ledger.feed(member_fact("ann"), member_fact("bo"), *hours)
        assert await service.earned("2025-Q1", "ann", "bo") == {"ann": 1_000, "bo": 0}
        assert await service.earned("2025-Q2", "ann") == {"ann": 3_000}
        assert await service.earned("2025", "ann") == {"ann": 4_000}
        assert await service.earned("", "ann") == {"ann": 0}

    async def test_counts_a_correction_where_its_fact_is_effective(self, service: Service) -> None:
        await service.ledger.feed(member_fact("ann"), hours_fact("h", at=day(5), minutes=120))
        await service.ledger.feed(hours_fact("h", at=day(5), minutes=60, revision=2))
        assert await service.earned("2025-Q1", "ann") == {"ann": 1_000}
        await service.ledger.feed(hours_fact("h", at=day(120), minutes=60, revision=3))
        assert await service.earned("2025-Q1", "ann") == {"ann": 0}
        assert await service.earned("2025-Q2", "ann") == {"ann": 1_000}

    async def test_is_told_of_one_member_too(self, service: Service) -> None:
        await service.ledger.feed(member_fact("ann"), hours_fact("h", at=day(5)))
        request = pb.GetBalanceRequest(member_id="ann", period_id="2025-01")
        assert (await ask(service.rpcs, request)).balance.earned_milli == 1_000

    async def test_of_no_period_is_refused(self, service: Service) -> None:
        with pytest.raises(PeriodMalformed):
            await service.earned("2025-Q5", "ann")


class TestEntries:
    async def test_come_oldest_first_page_by_page(self, service: Service) -> None:
        hours = [hours_fact(f"h{n}", at=day(n), activity=f"a{n}") for n in range(1, 8)]
        await service.ledger.feed(member_fact("ann"), *hours)
        token, listed = "", []
        for _ in range(3):
            page = await service.entries(page_size=3, page_token=token)
            listed += [(entry.account_version, entry.cause_record_id) for entry in page.entries]
            token = page.next_page_token
        assert listed == [(n, f"h{n}") for n in range(1, 8)]
        assert not token

    async def test_say_what_moved_and_why(self, service: Service) -> None:
        await service.ledger.feed(member_fact("ann"), hours_fact("h", at=day(10)))
        (entry,) = (await service.entries()).entries
        assert (entry.from_account, entry.to_account) == ("issued/merit", "member:ann/merit")
        assert (entry.amount_milli, entry.balance_after_milli, entry.booked_period_id) == (
            1_000,
            1_000,
            "2025",
        )
        assert (entry.cause_log, entry.cause_record_id, entry.cause_revision) == ("events", "h", 1)
        assert entry.effective_at.ToDatetime(tzinfo=NEW_YEAR.tzinfo) == day(10)
        assert entry.rule_id == "hours-1"

    async def test_of_whom_members_never_told_are_refused(self, service: Service) -> None:
        with pytest.raises(MemberUnknown):
            await service.entries("nobody")


class TestAnExplanation:
    async def test_names_fact_rule_and_the_limit_that_cut(self, service: Service) -> None:
        await service.ledger.feed(member_fact("ann"), enrolment_fact("e"), hours_fact("h", minutes=150))
        (found,) = await service.explain_all()
        assert (found.trigger, found.activity_id) == (rule_set_pb2.TRIGGER_HOURS, "sweeping")
        assert (found.community_id, found.confirmed_minutes, found.counted_minutes) == ("east", 150, 120)
        assert (found.wanted_milli, found.granted_milli, found.limit_id) == (2_500, 2_000, "per-activity")
        assert (found.rule_set_name, found.rule_set_version, found.rule.rule_id) == (
            "hailin-2024",
            1,
            "hours-1",
        )
        assert found.rule.limits[0].minutes_max == 120
        assert found.current
        assert found.sentence == (
            "2 h 30 min confirmed; 2 h count by limit per-activity (120 min per activity); "
            "2.000 points at 1.000 an hour by rule hours-1 of hailin-2024 v1"
        )

    async def test_keeps_a_superseded_entry_explained_and_says_so(self, service: Service) -> None:
        await service.ledger.feed(member_fact("ann"), hours_fact("h", minutes=120))
        await service.ledger.feed(hours_fact("h", minutes=60, revision=2))
        first, correction = await service.explain_all()
        assert (first.current, first.confirmed_minutes, first.granted_milli) == (False, 120, 1_000)
        assert first.sentence.endswith("corrected since, now worth 1.000 points")
        assert (correction.current, correction.confirmed_minutes) == (True, 60)
        assert correction.sentence.endswith("this entry takes 1.000 points back")

    async def test_of_a_withdrawal_says_that_points_are_taken_back(self, service: Service) -> None:
        await service.ledger.feed(member_fact("ann"), wish_fact("w"))
        await service.ledger.feed(wish_fact("w", revision=2, open_again=True))
        first, back = await service.explain_all()
        assert (first.current, first.granted_milli) == (False, 0)
        assert (back.current, back.wanted_milli, back.granted_milli) == (True, 0, 0)
        assert back.sentence == (
            "the fact no longer earns points by rule wish-2 of hailin-2024 v1; 2.000 points are taken back"
        )

    async def test_of_room_that_was_freed_says_what_the_entry_adds(self, service: Service) -> None:
        await service.ledger.feed(
            member_fact("ann"),
            hours_fact("a", minutes=90, at=day(10)),
            hours_fact("b", minutes=90, at=day(11)),
        )
        await service.ledger.feed(hours_fact("a", at=day(10), revision=2, revoked=True))
        _, cut, _, freed = await service.explain_all()
        assert (cut.current, cut.limit_id, cut.counted_minutes) == (False, "per-activity", 30)
        assert (freed.current, freed.counted_minutes) == (True, 90)
        assert freed.sentence.endswith("this entry adds 1.000 of them")

    async def test_names_the_community_that_is_known_by_now(self, service: Service) -> None:
        await service.ledger.feed(member_fact("ann"), hours_fact("h"))
        await service.ledger.feed(enrolment_fact("late", community="west"))
        (found,) = await service.explain_all()
        assert (found.community_id, found.current) == ("west", True)

    async def test_of_no_entry_is_refused(self, service: Service) -> None:
        with pytest.raises(EntryUnknown):
            await service.explain("nothing")
