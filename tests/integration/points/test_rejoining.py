"""Points after `events` was restored to an earlier state: what only lost facts caused is taken back."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from linli.feed.v1.fact_pb2 import Fact
from linli.points.v1 import ledger_pb2 as pb
from sqlalchemy import select

from services.chassis.bells import Bell
from services.chassis.facts import log
from services.chassis.facts.receiver import Receiver
from services.chassis.facts.rejoin import Rejoin
from services.chassis.ids import new_id
from services.chassis.jobs.verify import checks_of_facts
from services.chassis.sql.database import Database
from services.points.api.ledger import ledger_service
from services.points.jobs.check_standings import standings_checks
from services.points.storage.board_tables import boards, standings
from tests.integration.databases import findings, opened, pull_from
from tests.integration.points.feeding import CONSUMER, Ledger, open_ledger
from tests.integration.points.house import COMMUNITY_MONTH, DISTRICT_YEAR, SHANGHAI, ask, define, framed
from tests.integration.restoring import back_up
from tests.unit.points.factories import day
from tests.unit.points.stated import enrolment_fact, hours_fact, member_fact, wish_fact

EARLIER = (
    hours_fact("h1", member="ann", minutes=60),
    hours_fact("h2", member="bo", minutes=120, at=day(11)),
    wish_fact("w1", member="ann"),
)
LOST = (
    hours_fact("h1", member="ann", minutes=30, revision=2),
    hours_fact("h2", member="bo", revision=2, at=day(11), revoked=True),
    hours_fact("h3", member="cai", minutes=240),
    wish_fact("w2", member="bo"),
)
INSTEAD = (
    hours_fact("h1", member="ann", minutes=90, revision=2),
    hours_fact("h4", member="dai", minutes=45, at=day(40)),
)
PEOPLE = {"ann": "east", "bo": "east", "cai": "west", "dai": "west"}
REGISTER = (
    *(member_fact(member) for member in PEOPLE),
    *(enrolment_fact(f"e-{member}", member=member, community=PEOPLE[member]) for member in PEOPLE),
)


class Follower:
    """A ledger that follows a real log of `events`."""

    def __init__(self, ledger: Ledger, events: Database) -> None:
        self.ledger = ledger
        self.database = ledger.database
        self.pull = pull_from(events, facts_max=2)

    async def begin(self) -> None:
        """Define boards, and register everybody."""
        await define(self.database, DISTRICT_YEAR, code="district")
        await define(self.database, COMMUNITY_MONTH, code="community")
        await self.ledger.feed(*REGISTER)

    async def follow(self) -> None:
        receiver = Receiver(
            consumer=CONSUMER,
            log="events",
            database=self.database,
            pull=self.pull,
            bell=Bell(),
            kept=Bell().ring,
        )
        await receiver.drain()
        await self.ledger.settle()

    def rejoin(self) -> Rejoin:
        return Rejoin(consumer=CONSUMER, database=self.database, pull=self.pull)

    async def worth(self) -> dict[str, list[Any]]:
        """Read what everybody has and where they stand, without random ids and how it came about."""
        places = select(
            boards.c.code, *(column for column in standings.c if column is not standings.c.board_id)
        ).join_from(boards, standings, boards.c.board_id == standings.c.board_id)
        async with self.database.read() as connection:
            stand = sorted(tuple(row) for row in await connection.execute(places))
        # Whoever lost everything keeps an account without anything in it.
        held = [each for each in await self.ledger.accounts() if each.balance_milli]
        return {"accounts": held, "grants": await self.ledger.grants(), "standings": stand}

    async def findings(self) -> list[str]:
        of_facts, of_log, *_ = checks_of_facts(logs=["events"], pull=self.pull)
        return [
            *await findings(self.database, of_facts, of_log, *standings_checks(zone=SHANGHAI)),
            *await self.ledger.findings(),
        ]


@pytest.fixture
async def events(database_url: str) -> AsyncGenerator[Database]:
    async with opened(database_url.replace("linli.db", "events.db"), schema="events") as database:
        yield database


@pytest.fixture
async def points(database_url: str, events: Database) -> AsyncGenerator[Follower]:
    async with open_ledger(database_url) as ledger:
        follower = Follower(ledger, events)
        await follower.begin()
        yield follower


@pytest.fixture
async def newcomer(tmp_path: Path, events: Database) -> AsyncGenerator[Follower]:
    """A ledger that never heard of the lost facts."""
    async with open_ledger(f"sqlite:///{tmp_path / 'newcomer.db'}") as ledger:
        follower = Follower(ledger, events)
        await follower.begin()
        yield follower


async def tell(events: Database, *facts: Fact) -> None:
    """Append facts to the log, each with an id of its own."""
    told = [Fact.FromString(fact.SerializeToString()) for fact in facts]
    for fact in told:
        fact.fact_id = new_id()
    async with events.write() as connection:
        await log.append(connection, told, log="events", dialect=events.dialect)


async def lose(events: Database, points: Follower, *instead: Fact) -> None:
    """Follow facts that are lost in a restore, and state others instead."""
    await tell(events, *EARLIER)
    restore = await back_up(events)
    await tell(events, *LOST)
    await points.follow()
    await restore()
    await tell(events, *instead)


class TestAfterTheLogOfEventsWentBack:
    @pytest.mark.parametrize("instead", [(), INSTEAD, (*INSTEAD, *LOST[2:]), (*LOST, *INSTEAD[1:])])
    async def test_everything_equals_a_computation_from_scratch(
        self, events: Database, points: Follower, newcomer: Follower, instead: tuple[Fact, ...]
    ) -> None:
        await lose(events, points, *instead)
        (finding,) = [each for each in await points.findings() if "restored" in each]
        assert "facts rejoin" in finding
        rejoined = await points.rejoin().run("events")
        assert (rejoined.common.position, rejoined.facts_dropped, rejoined.subjects_touched) == (3, 4, 3)
        await points.follow()
        await newcomer.follow()
        assert await points.worth() == await newcomer.worth()
        assert await points.findings() == []

    async def test_points_are_taken_back_by_entries_that_stay_explained(
        self, events: Database, points: Follower
    ) -> None:
        await lose(events, points)
        before = await points.ledger.entries()
        assert (await points.ledger.balance_of("cai"))[0] > 0
        await points.rejoin().run("events")
        await points.follow()
        after = await points.ledger.entries()
        assert [each for each in after if each in before] == before
        balance, entries, minutes, _ = await points.ledger.balance_of("cai")
        assert (balance, minutes) == (0, 0)
        async with framed(points.database) as frame:
            rpcs = ledger_service(frame).rpcs
            listed = await ask(rpcs, pb.ListEntriesRequest(member_id="cai", page_size=10))
            explained = [
                (await ask(rpcs, pb.ExplainEntryRequest(entry_id=each.entry_id))).explanation
                for each in listed.entries
            ]
        assert len(explained) == entries
        assert all("went back to an earlier state" in each.sentence for each in explained)
        assert {(each.current, each.granted_milli) for each in explained} == {(False, 0)}
