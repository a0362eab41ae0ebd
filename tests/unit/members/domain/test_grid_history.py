from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.members.domain.faults import NodeClosed, NotAfterLastChange, NothingChanges
from services.members.domain.grid import Level
from services.members.domain.grid_history import NodeHistory, Succession, SuccessionKind
from tests.unit.members.domain.records import JUNE, MARCH, node

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
HISTORY = NodeHistory(node=node("c1", Level.COMMUNITY, parent_id="s1"))


class TestAHistory:
    @given(
        st.lists(
            st.tuples(
                st.integers(min_value=0, max_value=30), st.sampled_from("ab"), st.sampled_from(["s1", "s2"])
            ),
            max_size=12,
        ),
        st.none() | st.integers(min_value=0, max_value=30),
    )
    def test_shows_at_any_time_what_was_stated_last_before(
        self, stated: list[tuple[int, str, str]], closed_on: int | None
    ) -> None:
        history, accepted = HISTORY, [(MARCH, "c1", "s1")]
        for days, name, parent_id in stated:
            at = MARCH + days * DAY
            try:
                history = history.placed(at=at, name=name, parent_id=parent_id)
            except (NotAfterLastChange, NothingChanges):
                continue
            accepted.append((at, name, parent_id))
        closed_at: datetime | None = None
        if closed_on is not None and MARCH + closed_on * DAY > history.last_changed_at:
            closed_at = MARCH + closed_on * DAY
            history = history.closed(at=closed_at)
        for days in range(-1, 32):
            for moment in (MARCH + days * DAY, MARCH + days * DAY - INSTANT):
                before = [(name, parent) for at, name, parent in accepted if at <= moment]
                is_there = before and (closed_at is None or moment < closed_at)
                found = history.at(moment)
                assert (found and (found.name, found.parent_id)) == (before[-1] if is_there else None)
        assert history.node.revision == len(accepted) + (closed_at is not None)
        parents = [parent for _, _, parent in accepted]
        changes = sum(1 for one, following in pairwise(parents) if one != following)
        assert len(list(history.earlier_parents)) == changes

    def test_changes_in_the_order_of_dates(self) -> None:
        moved = HISTORY.placed(at=JUNE, parent_id="s2")
        for at in (JUNE, JUNE - INSTANT, MARCH):
            with pytest.raises(NotAfterLastChange) as refused:
                moved.placed(at=at, name="x")
            assert refused.value.field == "occurred_at"
        assert moved.placed(at=JUNE + INSTANT, name="x").node.name == "x"

    def test_changes_after_a_succession_only(self) -> None:
        succession = Succession(node_id="c1", successor_id="c2", kind=SuccessionKind.SPLIT, effective_at=JUNE)
        with pytest.raises(NotAfterLastChange):
            HISTORY.followed(succession).closed(at=JUNE)

    def test_ends_once(self) -> None:
        closed = HISTORY.closed(at=JUNE)
        with pytest.raises(NodeClosed):
            closed.closed(at=JUNE + DAY)
        with pytest.raises(NodeClosed):
            closed.placed(at=JUNE + DAY, name="x")

    def test_names_its_successors_and_not_those_it_succeeded(self) -> None:
        pairs = [("c1", "c9"), ("c1", "c3"), ("c0", "c1")]
        successions = [
            Succession(node_id=one, successor_id=other, kind=SuccessionKind.SPLIT, effective_at=JUNE)
            for one, other in pairs
        ]
        assert HISTORY.followed(*successions).successor_ids == ["c3", "c9"]


class TestANode:
    @pytest.mark.parametrize("until", [JUNE - INSTANT, JUNE])
    def test_holds_what_ends_before_it_is_closed(self, until: datetime) -> None:
        closed = node("c1", Level.COMMUNITY, parent_id="s1", closed_at=JUNE)
        closed.refuse_unless_open(MARCH, until=until, field="community_id")

    @pytest.mark.parametrize("until", [JUNE + INSTANT, None])
    def test_holds_nothing_that_goes_on_after_it_was_closed(self, until: datetime | None) -> None:
        closed = node("c1", Level.COMMUNITY, parent_id="s1", closed_at=JUNE)
        with pytest.raises(NodeClosed):
            closed.refuse_unless_open(MARCH, until=until, field="community_id")
