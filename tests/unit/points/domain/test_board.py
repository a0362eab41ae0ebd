from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.faults import PeriodMalformed
from services.chassis.periods import PeriodKind
from services.points.domain.board import Board, BoardScope, Place, Table, TieKey, rank, standings
from services.points.domain.faults import ScopeMismatch
from services.points.domain.standing import Standing
from tests.unit.points.factories import day, grant, hours, standing

SHANGHAI = ZoneInfo("Asia/Shanghai")
ALL_KEYS = (TieKey.WISHES_FULFILLED, TieKey.COUNTED_MINUTES, TieKey.EARLIEST_REACHED)
OF_DISTRICT = Board(scope=BoardScope.DISTRICT, period_kind=PeriodKind.YEAR)
OF_COMMUNITIES = Board(scope=BoardScope.COMMUNITY, period_kind=PeriodKind.MONTH)
NEW_YEAR_IN_SHANGHAI = datetime(2024, 12, 31, 16, tzinfo=UTC)

TABLES: st.SearchStrategy[list[Standing]] = st.lists(
    st.builds(
        standing,
        st.integers(min_value=1, max_value=99).map(str),
        st.integers(min_value=1, max_value=2),
        wishes_fulfilled=st.integers(min_value=0, max_value=1),
        counted_minutes=st.integers(min_value=0, max_value=1),
        reached_at=st.integers(min_value=1, max_value=2).map(day),
    ),
    max_size=12,
    unique_by=lambda each: each.member_id,
)
TIE_KEYS = st.permutations(ALL_KEYS).flatmap(
    lambda keys: st.integers(min_value=0, max_value=3).map(lambda size: tuple(keys[:size]))
)


class TestTable:
    def test_is_named_by_scope_and_period(self) -> None:
        district = OF_DISTRICT.table(scope_id="", period_id="2025", zone=SHANGHAI)
        community = OF_COMMUNITIES.table(scope_id="c", period_id="2025-11", zone=SHANGHAI)
        assert (district, community) == (Table("", "2025"), Table("c", "2025-11"))

    @pytest.mark.parametrize(
        ("board", "scope_id", "period_id"),
        [(OF_DISTRICT, "community-1", "2025"), (OF_COMMUNITIES, "", "2025-11")],
    )
    def test_is_refused_in_a_scope_the_board_does_not_have(
        self, board: Board, scope_id: str, period_id: str
    ) -> None:
        with pytest.raises(ScopeMismatch):
            board.table(scope_id=scope_id, period_id=period_id, zone=SHANGHAI)

    @pytest.mark.parametrize("period_id", ["2025-Q1", "2025-13", "soon"])
    def test_is_refused_for_a_period_of_another_kind_or_none(self, period_id: str) -> None:
        with pytest.raises(PeriodMalformed):
            OF_DISTRICT.table(scope_id="", period_id=period_id, zone=SHANGHAI)


class TestStandings:
    def test_separate_periods_at_midnight_of_the_district(self) -> None:
        grants = [
            grant(hours("1", at=NEW_YEAR_IN_SHANGHAI - timedelta(microseconds=1)), granted_milli=1),
            grant(hours("2", at=NEW_YEAR_IN_SHANGHAI), granted_milli=2),
        ]
        found = standings(board=OF_DISTRICT, member_id="m", grants=reversed(grants), zone=SHANGHAI)
        scores = {table: each.score_milli for table, each in found.items()}
        assert scores == {Table("", "2024"): 1, Table("", "2025"): 2}

    def test_of_communities_count_for_the_community_of_the_day(self) -> None:
        grants = [
            grant(hours("1", at=day(1), community_id="a"), granted_milli=1),
            grant(hours("2", at=day(2), community_id="b"), granted_milli=2),
            grant(hours("3", at=day(3), community_id=""), granted_milli=4),
        ]
        found = standings(board=OF_COMMUNITIES, member_id="m", grants=grants, zone=SHANGHAI)
        scores = {table: each.score_milli for table, each in found.items()}
        assert scores == {Table("a", "2025-01"): 1, Table("b", "2025-01"): 2}

    def test_of_the_district_count_the_unenrolled_too(self) -> None:
        grants = [grant(hours(community_id=""))]
        found = standings(board=OF_DISTRICT, member_id="m", grants=grants, zone=SHANGHAI)
        assert list(found) == [Table("", "2025")]

    def test_leave_out_tables_without_points(self) -> None:
        grants = [grant(granted_milli=0)]
        assert standings(board=OF_DISTRICT, member_id="m", grants=grants, zone=SHANGHAI) == {}


class TestRank:
    def test_lets_equals_share_a_place_and_skips_the_next(self) -> None:
        table = [standing("d", 1), standing("c", 2), standing("b", 2), standing("a", 3)]
        places = rank(standings=table, tie_keys=())
        assert [(each.place, each.standing.member_id) for each in places] == [
            (1, "a"),
            (2, "b"),
            (2, "c"),
            (4, "d"),
        ]

    def test_asks_the_tie_keys_in_their_order(self) -> None:
        early = standing("early", wishes_fulfilled=1, counted_minutes=10, reached_at=day(1))
        busy = standing("busy", wishes_fulfilled=1, counted_minutes=20, reached_at=day(2))
        kind = standing("kind", wishes_fulfilled=2, counted_minutes=0, reached_at=day(3))
        orders = {
            keys: [each.standing.member_id for each in rank(standings=[early, busy, kind], tie_keys=keys)]
            for keys in (ALL_KEYS, ALL_KEYS[1:], ALL_KEYS[2:])
        }
        assert orders == {
            ALL_KEYS: ["kind", "busy", "early"],
            ALL_KEYS[1:]: ["busy", "early", "kind"],
            ALL_KEYS[2:]: ["early", "busy", "kind"],
        }

    def test_tells_moments_apart_by_a_microsecond(self) -> None:
        late = standing("a", reached_at=day(1) + timedelta(microseconds=1))
        places = rank(standings=[late, standing("b", reached_at=day(1))], tie_keys=ALL_KEYS)
        assert [(each.place, each.standing.member_id) for each in places] == [(1, "b"), (2, "a")]

    @given(table=TABLES, tie_keys=TIE_KEYS, data=st.data())
    def test_is_the_same_however_the_table_is_shuffled(
        self, table: list[Standing], tie_keys: tuple[TieKey, ...], data: st.DataObject
    ) -> None:
        shuffled = data.draw(st.permutations(table))
        assert rank(standings=shuffled, tie_keys=tie_keys) == rank(standings=table, tie_keys=tie_keys)

    @given(table=TABLES, tie_keys=TIE_KEYS)
    def test_gives_everybody_one_place_more_than_stand_above(
        self, table: list[Standing], tie_keys: tuple[TieKey, ...]
    ) -> None:
        places = rank(standings=table, tie_keys=tie_keys)
        assert sorted(each.standing.member_id for each in places) == sorted(each.member_id for each in table)
        for each in places:
            above = [other for other in table if stands_above(other, each, tie_keys)]
            assert each.place == 1 + len(above)


def stands_above(one: Standing, place: Place, tie_keys: tuple[TieKey, ...]) -> bool:
    """Compare two standings key by key, as the contract says it in words."""
    other = place.standing
    if one.score_milli != other.score_milli:
        return one.score_milli > other.score_milli
    for key in tie_keys:
        if key is TieKey.EARLIEST_REACHED and one.reached_at != other.reached_at:
            return one.reached_at < other.reached_at
        if key is TieKey.WISHES_FULFILLED and one.wishes_fulfilled != other.wishes_fulfilled:
            return one.wishes_fulfilled > other.wishes_fulfilled
        if key is TieKey.COUNTED_MINUTES and one.counted_minutes != other.counted_minutes:
            return one.counted_minutes > other.counted_minutes
    return False
