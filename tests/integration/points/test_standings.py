import random
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from services.chassis.faults import Fault
from services.chassis.periods import PeriodKind
from services.chassis.sql.database import Database
from services.chassis.tables import dirty_subjects
from services.points.domain.assess import Grant
from services.points.domain.board import Board, BoardScope, Place, Table, TieKey, rank, standings
from services.points.domain.standing import Standing
from services.points.storage.board_tables import standings as standings_table
from services.points.storage.standings import (
    Ranking,
    StandingKey,
    count_standings,
    read_place,
    read_standings_of,
    read_top,
)
from services.points.usecases.create_board import CreateBoard, create_board
from tests.integration.databases import count, working
from tests.integration.points.house import (
    ALL_KEYS,
    COMMUNITY_MONTH,
    DISTRICT_YEAR,
    SHANGHAI,
    define,
    open_points,
    score,
    settle,
)
from tests.unit.points.factories import day, grant, hours, wish

MEMBERS = [f"Member-{number}" for number in range(20)]
YEAR_2025 = Table("", "2025")
TIE_POLICIES = [(), ALL_KEYS, (TieKey.EARLIEST_REACHED,), (TieKey.COUNTED_MINUTES, TieKey.WISHES_FULFILLED)]


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    async with open_points(database_url) as opened:
        yield opened


def draw_grants(chance: random.Random) -> list[Grant]:
    """Draw what some facts of a member are worth: few values, so that many are equal."""
    drawn = []
    for number in range(chance.randrange(6)):
        at = day(chance.choice((1, 31, 32, 60, 364, 365, 366))) + timedelta(hours=chance.randrange(12))
        community_id = chance.choice(("", "north", "south"))
        fact = (hours if chance.random() < 0.6 else wish)(f"r{number}", at=at, community_id=community_id)
        minutes = chance.choice((0, 60))
        drawn.append(grant(fact, granted_milli=chance.choice((0, 500, 1_000)), counted_minutes=minutes))
    return drawn


async def held(database: Database) -> dict[StandingKey, Standing]:
    async with database.read() as connection:
        return await read_standings_of(connection, MEMBERS)


@contextmanager
def counting_statements(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement.split(maxsplit=1)[0])

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


class TestStandings:
    async def test_equal_those_added_up_anew_after_any_changes(self, database: Database) -> None:
        boards = {
            await define(database, definition, code=f"board-{n}"): definition
            for n, definition in enumerate((DISTRICT_YEAR, COMMUNITY_MONTH))
        }
        chance = random.Random(3)
        now_granted: dict[str, list[Grant]] = {}
        for _ in range(8):
            changed = {member_id: draw_grants(chance) for member_id in chance.sample(MEMBERS, 9)}
            now_granted |= changed
            await settle(database, changed)
            assert await held(database) == {
                StandingKey(board_id, *table, member_id): standing
                for board_id, definition in boards.items()
                for member_id, granted in now_granted.items()
                for table, standing in standings(
                    board=definition, member_id=member_id, grants=granted, zone=SHANGHAI
                ).items()
            }

    async def test_of_many_members_take_as_many_statements_as_of_one(self, database: Database) -> None:
        await define(database)
        await define(database, COMMUNITY_MONTH, code="other")
        with counting_statements(database) as of_one:
            await score(database, {"a": 1_000})
        with counting_statements(database) as of_many:
            await score(database, {f"m{number}": 1_000 for number in range(400)})
        assert of_many == of_one

    async def test_that_do_not_change_are_not_written(self, database: Database) -> None:
        await define(database)
        await score(database, {"a": 1_000, "b": 2_000})
        with counting_statements(database) as statements:
            await score(database, {"a": 1_000, "b": 2_000})
        assert not {"INSERT", "UPDATE", "DELETE"} & set(statements)

    async def test_end_with_the_last_grant(self, database: Database) -> None:
        await define(database)
        await score(database, {"a": 1_000, "b": 2_000})
        await settle(database, {"a": []})
        assert await count(database, standings_table) == 1


class TestATable:
    @pytest.mark.parametrize("tie_keys", TIE_POLICIES, ids=lambda keys: "-".join(keys) or "none")
    async def test_gives_the_places_that_the_domain_gives(
        self, database: Database, tie_keys: tuple[TieKey, ...]
    ) -> None:
        definition = Board(scope=BoardScope.DISTRICT, period_kind=PeriodKind.YEAR, tie_keys=tie_keys)
        ranking = Ranking(await define(database, definition), YEAR_2025, tie_keys)
        chance = random.Random(5)
        await settle(database, {member_id: draw_grants(chance) for member_id in MEMBERS})
        places = rank(
            standings=[s for key, s in (await held(database)).items() if key.period_id == "2025"],
            tie_keys=tie_keys,
        )
        assert len(places) > 12
        async with database.read() as connection:
            assert await count_standings(connection, ranking) == len(places)
            for places_max in (1, 5, 8, 100):
                assert await read_top(connection, ranking, places_max=places_max) == places[:places_max]
            for place in places:
                member_id = place.standing.member_id
                assert await read_place(connection, ranking, member_id=member_id) == place

    async def test_skips_the_places_that_equals_take(self, database: Database) -> None:
        board_id = await define(database)
        await score(database, {"a": 3_000, "d": 2_000, "c": 2_000, "b": 1_000})
        ranking = Ranking(board_id, YEAR_2025, ALL_KEYS)
        async with database.read() as connection:
            top = await read_top(connection, ranking, places_max=10)
            last = await read_place(connection, ranking, member_id="b")
        assert [(place.place, place.standing.member_id) for place in top] == [
            (1, "a"),
            (2, "c"),
            (2, "d"),
            (4, "b"),
        ]
        assert isinstance(last, Place)
        assert last.place == 4

    async def test_knows_nobody_of_another_scope_or_period(self, database: Database) -> None:
        board_id = await define(database, COMMUNITY_MONTH)
        await settle(database, {"a": [grant(hours(at=day(5), community_id="north"))]})
        async with database.read() as connection:
            for table in (Table("south", "2025-01"), Table("north", "2025-02")):
                ranking = Ranking(board_id, table, COMMUNITY_MONTH.tie_keys)
                assert await read_top(connection, ranking, places_max=10) == []
                assert await read_place(connection, ranking, member_id="a") is None

    async def test_orders_scores_beyond_32_bits(self, database: Database) -> None:
        board_id = await define(database)
        await score(database, {"a": 2**40, "b": 2**40 + 1})
        ranking = Ranking(board_id, YEAR_2025, ALL_KEYS)
        async with database.read() as connection:
            place = await read_place(connection, ranking, member_id="a")
        assert place is not None
        assert (place.place, place.standing.score_milli) == (2, 2**40)


class TestCreateBoard:
    async def test_refuses_a_code_that_is_taken_before_or_by_the_same_batch(self, database: Database) -> None:
        await define(database, code="taken")
        commands = [
            CreateBoard(code=code, name="n", definition=DISTRICT_YEAR, created_by="member:first")
            for code in ("taken", "new", "new")
        ]
        async with working(database) as work:
            outcomes = await create_board(work, commands)
        assert [o.reason if isinstance(o, Fault) else "" for o in outcomes] == [
            "CODE_TAKEN",
            "",
            "CODE_TAKEN",
        ]

    async def test_has_every_member_computed_anew(self, database: Database) -> None:
        await define(database)
        assert await count(database, dirty_subjects) == 1
