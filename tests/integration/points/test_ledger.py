import asyncio
import random
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from linli.feed.v1.fact_pb2 import Fact
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from services.chassis.facts.waiting import count_waiting
from services.points.domain.amount import Fixed, PerHour
from services.points.domain.fact import Trigger
from services.points.storage.tables import entries
from tests.integration.points.feeding import Ledger, open_ledger
from tests.unit.points.factories import day, rule, rule_set
from tests.unit.points.stated import enrolment_fact, hours_fact, member_fact, wish_fact

DEARER = (rule(amount=PerHour(milli=3_000)), rule("wish-2", trigger=Trigger.WISH, amount=Fixed(milli=2_000)))
MEMBERS = ("ann", "bo", "cai", "deng")


@pytest.fixture
async def ledger(database_url: str) -> AsyncGenerator[Ledger]:
    async with open_ledger(database_url) as opened:
        yield opened


def year_of_facts() -> list[Fact]:
    """Some of everything, with corrections and withdrawals, in the order in which it was stated."""
    facts = [member_fact(member) for member in MEMBERS]
    for number, member in enumerate(MEMBERS):
        facts += [
            enrolment_fact(f"e-{member}", member=member, until=day(40), revision=2),
            enrolment_fact(f"e2-{member}", member=member, community="west", since=day(40)),
            *(
                hours_fact(
                    f"h-{member}-{n}",
                    member=member,
                    minutes=50 + n,
                    at=day(5 * n + number),
                    activity=f"a{n // 2}",
                )
                for n in range(1, 13)
            ),
            *(wish_fact(f"w-{member}-{n}", member=member, at=day(7 * n)) for n in range(1, number + 2)),
            hours_fact(
                f"h-{member}-3", member=member, minutes=110, at=day(15 + number), activity="a1", revision=2
            ),
            hours_fact(f"h-{member}-5", member=member, revision=2, revoked=True),
        ]
    facts += [wish_fact("w-deng-2", member="deng", revision=2, open_again=True)]
    return facts


class TestApplyingFacts:
    async def test_posts_what_each_is_worth_in_the_order_of_their_moments(self, ledger: Ledger) -> None:
        await ledger.feed(wish_fact("w"), hours_fact("h", minutes=90))
        assert await ledger.balance_of("ann") == (3_500, 2, 90, 1)
        first, second = await ledger.entries()
        assert (first.from_account, first.to_account) == ("issued/merit", "member:ann/merit")
        assert (first.amount_milli, first.record_id, first.balance_after_milli) == (1_500, "h", 1_500)
        assert (second.amount_milli, second.record_id, second.balance_after_milli) == (2_000, "w", 3_500)
        assert (first.account_version, second.account_version) == (1, 2)

    async def test_books_each_in_the_year_of_its_moment_in_the_district(self, ledger: Ledger) -> None:
        last_hour_of_utc = day(365).replace(hour=23)
        await ledger.feed(
            hours_fact("old", at=day(365).replace(hour=15)), hours_fact("new", at=last_hour_of_utc)
        )
        assert [row.booked_period_id for row in await ledger.entries()] == ["2025", "2026"]

    async def test_twice_posts_nothing(self, ledger: Ledger) -> None:
        await ledger.feed(*year_of_facts())
        before = await ledger.entries()
        await ledger.feed(*year_of_facts())
        assert await ledger.settle() == 0
        assert await ledger.entries() == before

    async def test_in_any_order_and_number_gives_the_same_ledger_on_either_database(
        self, ledger: Ledger, tmp_path: Path
    ) -> None:
        async with open_ledger(f"sqlite:///{tmp_path / 'straight.db'}") as straight:
            await straight.feed(*year_of_facts())
            expected = await straight.entries()
        shuffled = year_of_facts() * 3
        random.Random(3).shuffle(shuffled)
        await ledger.feed(*shuffled)
        assert await ledger.entries() == expected
        assert len(expected) > 40

    async def test_computed_now_and_then_comes_to_the_same_as_computed_once(
        self, ledger: Ledger, tmp_path: Path
    ) -> None:
        async with open_ledger(f"sqlite:///{tmp_path / 'straight.db'}") as straight:
            await straight.feed(*year_of_facts())
            expected = await straight.grants(), await straight.accounts()
        shuffled = year_of_facts() * 2
        random.Random(4).shuffle(shuffled)
        for n in range(0, len(shuffled), 10):
            await ledger.feed(*shuffled[n : n + 10])
        assert (await ledger.grants(), await ledger.accounts()) == expected
        assert not await ledger.findings()

    async def test_that_were_withdrawn_before_they_arrived_posts_nothing(self, ledger: Ledger) -> None:
        await ledger.keep(hours_fact("h", revision=2, revoked=True))
        await ledger.feed(hours_fact("h"))
        assert await ledger.entries() == []
        assert await ledger.balance_of("ann") == (0, 0, 0, 0)

    async def test_of_a_late_enrolment_moves_the_community_and_no_point(self, ledger: Ledger) -> None:
        await ledger.feed(hours_fact("h", at=day(10)))
        assert [row.community_id for row in await ledger.grants()] == [""]
        await ledger.feed(enrolment_fact("e", community="east", since=day(10)))
        assert [row.community_id for row in await ledger.grants()] == ["east"]
        assert await ledger.balance_of("ann") == (1_000, 1, 60, 0)

    async def test_of_revoked_hours_takes_points_back_and_frees_room_under_the_limit(
        self, ledger: Ledger
    ) -> None:
        await ledger.feed(
            hours_fact("morning", minutes=90, at=day(10)), hours_fact("evening", minutes=90, at=day(11))
        )
        assert await ledger.balance_of("ann") == (2_000, 2, 120, 0)
        await ledger.feed(hours_fact("morning", minutes=90, at=day(10), revision=2, revoked=True))
        assert await ledger.balance_of("ann") == (1_500, 4, 90, 0)
        back, more = (await ledger.entries())[2:]
        assert (back.from_account, back.to_account) == ("member:ann/merit", "issued/merit")
        assert (back.amount_milli, back.record_id, back.revision, back.stands) == (1_500, "morning", 2, False)
        assert (more.amount_milli, more.record_id, more.granted_milli) == (1_000, "evening", 1_500)
        assert not await ledger.findings()

    async def test_that_moved_in_time_takes_them_back_and_issues_them_anew(self, ledger: Ledger) -> None:
        await ledger.feed(hours_fact("h", at=day(10)))
        await ledger.feed(hours_fact("h", at=day(400), revision=2))
        years = [(row.booked_period_id, row.from_account) for row in await ledger.entries()]
        assert years == [("2025", "issued/merit"), ("2025", "member:ann/merit"), ("2026", "issued/merit")]
        assert not await ledger.findings()

    async def test_that_is_now_of_another_member_moves_the_points(self, ledger: Ledger) -> None:
        await ledger.feed(wish_fact("w", member="ann"))
        await ledger.feed(wish_fact("w", member="bo", revision=2))
        assert await ledger.balance_of("ann") == (0, 2, 0, 0)
        assert await ledger.balance_of("bo") == (2_000, 1, 0, 1)
        assert not await ledger.findings()

    async def test_leaves_alone_what_an_unreadable_fact_does_not_touch(self, ledger: Ledger) -> None:
        broken = hours_fact("broken")
        broken.body.value = b"\xff\xff"
        await ledger.feed(hours_fact("h"), broken)
        assert await ledger.balance_of("ann") == (1_000, 1, 60, 0)
        async with ledger.database.read() as connection:
            assert await count_waiting(connection) == (0, 1)

    async def test_by_two_at_once_posts_everything_once(self, ledger: Ledger) -> None:
        facts = [
            hours_fact(f"h{n}", member=f"m{n % 30}", at=day(n + 1), activity=f"a{n}") for n in range(300)
        ]
        for n in range(0, len(facts), 50):
            await ledger.keep(*facts[n : n + 50])
            await asyncio.gather(ledger.applier().apply_some(), ledger.applier().apply_some())
        await ledger.settle()
        assert sorted(row.record_id for row in await ledger.entries()) == sorted(f"h{n}" for n in range(300))
        assert not await ledger.findings()


class TestANewVersion:
    async def test_leaves_facts_before_its_date_untouched(self, ledger: Ledger) -> None:
        await ledger.feed(
            hours_fact("before", at=day(10)), hours_fact("after", at=day(50), activity="painting")
        )
        before = await ledger.entries()
        await ledger.decree(rule_set(*DEARER, version=2, effective_from=day(40)))
        assert await ledger.settle() > 0
        rows = await ledger.entries()
        assert rows[:2] == before
        assert [(row.record_id, row.amount_milli, row.stands) for row in rows[2:]] == [
            ("after", 1_000, False),
            ("after", 3_000, True),
        ]
        assert rows[3].rule_set_id == "hailin-2024 v2"
        assert await ledger.balance_of("ann") == (4_000, 4, 120, 0)
        assert not await ledger.findings()

    async def test_takes_in_members_who_have_no_points_yet(self, database_url: str) -> None:
        async with open_ledger(database_url, rule_set(effective_from=day(300))) as ledger:
            await ledger.feed(hours_fact("h", at=day(10)))
            assert await ledger.entries() == []
            await ledger.decree(rule_set(name="programme"))
            await ledger.settle()
            assert await ledger.balance_of("ann") == (1_000, 1, 60, 0)


class TestAnEntry:
    async def test_can_neither_be_changed_nor_deleted(self, ledger: Ledger) -> None:
        await ledger.feed(hours_fact("h"))
        before = await ledger.entries()
        for statement in (update(entries).values(amount_milli=9_000), delete(entries)):
            with pytest.raises(DBAPIError, match="append-only"):
                async with ledger.database.write() as connection:
                    await connection.execute(statement)
        assert await ledger.entries() == before
