from collections.abc import AsyncGenerator, Mapping, Sequence

import pytest
from linli.feed.v1.fact_pb2 import Fact, Subject
from sqlalchemy import Table, Update, delete, insert, update

from services.chassis.facts import dirty, received
from services.chassis.sql.database import Database
from services.chassis.tables import facts
from services.points.domain.assess import Grant
from services.points.jobs.check_runs import runs_check
from services.points.jobs.check_standings import standings_checks
from services.points.storage.board_tables import reward_lines, reward_runs, standings
from services.points.storage.grants import by_key, replace_grants
from tests.integration.databases import findings, working
from tests.integration.points.house import SHANGHAI, define, open_points, settle
from tests.integration.points.test_issuing_rewards import begin, run_to_the_end
from tests.unit.points.factories import day, grant, hours

GRANTED = {f"m{number}": [grant(hours(f"r{number}", at=day(3)))] for number in range(4)}


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    async with open_points(database_url) as opened:
        yield opened


async def keep(database: Database, granted: Mapping[str, Sequence[Grant]]) -> None:
    """Store grants of members whom facts name, and what they make of the boards."""
    named = [
        Fact(
            record_id=member_id,
            revision=1,
            position=position,
            subjects=[Subject(kind="member", id=member_id)],
        )
        for position, member_id in enumerate(granted, start=1)
    ]
    async with working(database) as work:
        await received.store(work.connection, "members", named)
        await replace_grants(
            work.connection,
            held={member_id: {} for member_id in granted},
            wanted={member_id: by_key(of_member) for member_id, of_member in granted.items()},
        )
        await dirty.clear(work.connection, ["all:member"])
    await settle(database, granted)


async def tamper(database: Database, statement: Update) -> None:
    async with database.write() as connection:
        await connection.execute(statement)


class TestVerifyingStandings:
    async def test_finds_nothing_where_they_are_what_grants_add_up_to(self, database: Database) -> None:
        await define(database)
        await keep(database, GRANTED)
        assert await findings(database, *standings_checks(zone=SHANGHAI)) == []

    async def test_finds_a_changed_and_a_missing_one(self, database: Database) -> None:
        await define(database)
        await keep(database, GRANTED)
        await tamper(database, update(standings).where(standings.c.member_id == "m1").values(score_milli=5))
        async with database.write() as connection:
            await connection.execute(delete(standings).where(standings.c.member_id == "m2"))
        changed, missing = await findings(database, *standings_checks(zone=SHANGHAI))
        assert "m1" in changed
        assert "stands with 5 milli-points" in changed
        assert "m2" in missing
        assert "stands with nothing, the grants give 1000 milli-points" in missing

    async def test_finds_one_that_the_table_orders_by_other_merits(self, database: Database) -> None:
        await define(database)
        await keep(database, GRANTED)
        await tamper(database, update(standings).where(standings.c.member_id == "m1").values(merit_1=-9_999))
        (misordered,) = await findings(database, *standings_checks(zone=SHANGHAI))
        assert "m1 on board" in misordered
        assert misordered.endswith("is ordered by other merits than its own")

    async def test_finds_whoever_stands_without_grants(self, database: Database) -> None:
        await define(database)
        await keep(database, GRANTED)
        await tamper(
            database, update(standings).where(standings.c.member_id == "m1").values(member_id="stranger")
        )
        found = await findings(database, *standings_checks(zone=SHANGHAI))
        assert len(found) == 2
        assert found[1].endswith("stranger stands without any grant")

    @pytest.mark.parametrize("subject", ["member:m1", "all:member"])
    async def test_leaves_out_who_waits_to_be_computed(self, database: Database, subject: str) -> None:
        await define(database)
        await keep(database, GRANTED)
        await tamper(database, update(standings).where(standings.c.member_id == "m1").values(score_milli=5))
        async with working(database) as work:
            await dirty.mark(work.connection, "members", {subject: 1}, now=work.now)
        assert await findings(database, *standings_checks(zone=SHANGHAI)) == []


class TestVerifyingRuns:
    async def test_finds_nothing_in_runs_at_any_stage(self, database: Database) -> None:
        await begin(database, lines=3)
        assert await findings(database, runs_check()) == []
        await run_to_the_end(database)
        assert await findings(database, runs_check()) == []

    @pytest.mark.parametrize(
        ("table", "values", "problem"),
        [
            (reward_lines, {"amount_fen": 101}, "its plan has the digest"),
            (reward_runs, {"budget_fen": 1}, "its plan has the digest"),
            (reward_runs, {"state": "approved"}, "3 lines are issued, but it is approved"),
            (reward_lines, {"state": "planned", "reward_id": None}, "3 lines are not issued"),
        ],
    )
    async def test_finds_what_was_changed(
        self, database: Database, table: Table, values: Mapping[str, object], problem: str
    ) -> None:
        await begin(database, lines=3)
        await run_to_the_end(database)
        await tamper(database, update(table).values(values))
        found = await findings(database, runs_check())
        assert found
        assert problem in found[0]

    async def test_finds_a_line_that_no_fact_states_or_two(self, database: Database) -> None:
        await begin(database, lines=2)
        await run_to_the_end(database)
        async with database.write() as connection:
            await connection.execute(delete(facts).where(facts.c.position == 1))
            last = {"position": 3, "fact_id": "x", "revision": 2}
            copied = facts.select().where(facts.c.position == 2)
            row = (await connection.execute(copied)).one()
            await connection.execute(
                insert(facts).values(record_id=row.record_id, envelope=row.envelope, **last)
            )
        assert len(await findings(database, runs_check())) == 2
