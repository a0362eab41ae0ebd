import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.points.domain.board import TieKey, rank
from services.points.domain.faults import BandsMalformed, BoardEmpty, OverBudget, TieAtCutoff
from services.points.domain.reward import (
    NO_BUDGET,
    Band,
    Inputs,
    Line,
    digest,
    places_needed,
    plan,
    total_fen,
)
from tests.unit.points.factories import places, standing

TOP_TEN = (
    Band(first_place=1, last_place=1, amount_fen=500_000),
    Band(first_place=2, last_place=4, amount_fen=300_000),
    Band(first_place=5, last_place=10, amount_fen=200_000),
)
INPUTS = Inputs(
    board_id="board",
    scope_id="",
    period_id="2025",
    bands=TOP_TEN,
    budget_fen=2_600_000,
    positions={"events": 7, "members": 3},
    rule_set_ids=("hailin-2024-v1",),
    tie_keys=(TieKey.WISHES_FULFILLED,),
)


def amounts(*numbers: int) -> list[int]:
    lines = plan(places=places(*numbers), bands=TOP_TEN, budget_fen=NO_BUDGET)
    return [line.amount_fen // 100 for line in lines]


class TestPlan:
    def test_gives_each_place_what_its_band_says_and_stops_after_the_last(self) -> None:
        assert amounts(*range(1, 13)) == [5_000, *[3_000] * 3, *[2_000] * 6]

    def test_carries_what_the_standing_says(self) -> None:
        first = standing("m", 9_000, wishes_fulfilled=2, counted_minutes=300)
        [line] = plan(places=rank(standings=[first], tie_keys=()), bands=TOP_TEN, budget_fen=NO_BUDGET)
        assert line == Line(
            line=1,
            member_id="m",
            place=1,
            score_milli=9_000,
            wishes_fulfilled=2,
            counted_minutes=300,
            amount_fen=500_000,
        )

    def test_gives_equals_within_a_band_the_same(self) -> None:
        assert amounts(1, 2, 2, 2, 5, 5, 5, 5, 5, 5, 11, 11) == [5_000, *[3_000] * 3, *[2_000] * 6]

    def test_leaves_the_rest_unspent_where_fewer_stand(self) -> None:
        assert amounts(1, 2) == [5_000, 3_000]

    @pytest.mark.parametrize(
        "numbers",
        [(1, 1), (1, 2, 3, 4, 4), (1, 2, 2, 2, 2), (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10)],
        ids=["first of all", "between bands", "a whole band and one", "after the last"],
    )
    def test_never_chooses_between_equals_across_the_end_of_a_band(self, numbers: tuple[int, ...]) -> None:
        with pytest.raises(TieAtCutoff):
            amounts(*numbers)

    def test_sees_a_tie_at_its_end_in_the_places_it_asks_for(self) -> None:
        table = places(*range(1, 10), *[10] * 5)
        with pytest.raises(TieAtCutoff) as refusal:
            plan(places=table[: places_needed(TOP_TEN)], bands=TOP_TEN, budget_fen=NO_BUDGET)
        assert refusal.value.metadata["place"] == "10"

    def test_refuses_an_empty_board(self) -> None:
        with pytest.raises(BoardEmpty):
            amounts()

    def test_spends_the_whole_budget_and_not_a_fen_more(self) -> None:
        table = places(*range(1, 11))
        assert total_fen(plan(places=table, bands=TOP_TEN, budget_fen=2_600_000)) == 2_600_000
        with pytest.raises(OverBudget) as refusal:
            plan(places=table, bands=TOP_TEN, budget_fen=2_599_999)
        assert refusal.value.metadata == {"total_fen": "2600000", "budget_fen": "2599999"}

    @pytest.mark.parametrize(
        ("ranges", "field"),
        [
            ([], "bands"),
            ([(2, 3)], "bands[0].first_place"),
            ([(1, 2), (2, 3)], "bands[1].first_place"),
            ([(1, 2), (4, 5)], "bands[1].first_place"),
            ([(1, 2), (3, 2)], "bands[1].last_place"),
        ],
        ids=["none", "not from 1", "overlap", "gap", "ends before it begins"],
    )
    def test_refuses_bands_that_do_not_follow_each_other(
        self, ranges: list[tuple[int, int]], field: str
    ) -> None:
        bands = [Band(first_place=first, last_place=last, amount_fen=1) for first, last in ranges]
        with pytest.raises(BandsMalformed) as refusal:
            plan(places=places(1), bands=bands, budget_fen=NO_BUDGET)
        assert refusal.value.field == field

    def test_refuses_a_band_that_gives_nothing(self) -> None:
        with pytest.raises(BandsMalformed):
            plan(places=places(1), bands=[replace(TOP_TEN[0], amount_fen=0)], budget_fen=NO_BUDGET)

    @given(
        scores=st.lists(st.integers(min_value=1, max_value=8), min_size=1, max_size=14),
        ends=st.sets(st.integers(min_value=1, max_value=10), min_size=1),
    )
    def test_rewards_equals_equally_or_refuses(self, scores: list[int], ends: set[int]) -> None:
        starts = [1, *(end + 1 for end in sorted(ends))]
        bands = [
            Band(first_place=first, last_place=last, amount_fen=1_000 - first)
            for first, last in zip(starts, sorted(ends), strict=False)
        ]
        table = rank(standings=[standing(str(n), score) for n, score in enumerate(scores)], tie_keys=())
        best = sorted(scores, reverse=True)
        tied_across = any(end < len(best) and best[end - 1] == best[end] for end in ends)
        try:
            lines = plan(places=table, bands=bands, budget_fen=NO_BUDGET)
        except TieAtCutoff:
            assert tied_across
            return
        assert not tied_across
        assert len(lines) == min(len(scores), max(ends))
        amount_of_score = {line.score_milli: line.amount_fen for line in lines}
        assert all(amount_of_score[line.score_milli] == line.amount_fen for line in lines)


class TestDigest:
    LINES = plan(places=places(1, 2, 3), bands=TOP_TEN, budget_fen=NO_BUDGET)

    def test_is_over_this_very_text_for_ever(self) -> None:
        """Approvals and receipts of years ago name it: whoever changes the text breaks their proof."""
        text = (
            '{"inputs":{"bands":[{"amount_fen":900,"first_place":1,"last_place":1}],"board_id":"board",'
            '"budget_fen":2600000,"period_id":"2025","positions":{"events":7,"members":3},'
            '"rule_set_ids":["hailin-2024-v1"],"scope_id":"","tie_keys":["wishes_fulfilled"]},'
            '"lines":[{"amount_fen":900,"counted_minutes":0,"line":1,"member_id":"member-1","place":1,'
            '"score_milli":1000,"wishes_fulfilled":0}]}'
        )
        bands = (Band(first_place=1, last_place=1, amount_fen=900),)
        lines = plan(places=places(1), bands=bands, budget_fen=NO_BUDGET)
        digested = digest(inputs=replace(INPUTS, bands=bands), lines=lines)
        assert digested == hashlib.sha256(text.encode()).hexdigest()

    def test_does_not_depend_on_the_order_of_logs(self) -> None:
        turned = replace(INPUTS, positions={"members": 3, "events": 7})
        assert digest(inputs=turned, lines=self.LINES) == digest(inputs=INPUTS, lines=self.LINES)

    def test_changes_with_any_line_and_any_input(self) -> None:
        first, *others = self.LINES
        changed_line = digest(inputs=INPUTS, lines=[replace(first, amount_fen=500_001), *others])
        lines_gone = digest(inputs=INPUTS, lines=others)
        changed_input = digest(inputs=replace(INPUTS, positions={"events": 8}), lines=self.LINES)
        unchanged = digest(inputs=INPUTS, lines=self.LINES)
        assert len({unchanged, changed_line, lines_gone, changed_input}) == 4
