from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.faults import Fault
from services.members.domain.correction import Correction, correct
from services.members.domain.enrolment import Enrolment, Enrolments
from services.members.domain.enrolment_faults import (
    EnrolmentsOverlap,
    NoNeighbour,
    NotEndedYet,
    NothingToCorrect,
)
from services.members.domain.faults import EndsBeforeStart, EnrolmentUnknown, NodeClosed, NodeNotYet
from services.members.domain.grid import Level
from tests.unit.members.domain.records import JUNE, MARCH, enrolment, node

DAY = timedelta(days=1)
OCTOBER = datetime.fromisoformat("2025-10-01T00:00:00+00:00")
SEPTEMBER = datetime.fromisoformat("2025-09-15T00:00:00+00:00")
COMMUNITIES = {
    "a": node("a", Level.COMMUNITY, effective_from=MARCH - 100 * DAY),
    "b": node("b", Level.COMMUNITY, effective_from=MARCH - 100 * DAY),
    "young": node("young", Level.COMMUNITY, effective_from=JUNE),
    "closed": node("closed", Level.COMMUNITY, closed_at=OCTOBER),
}
FIRST = enrolment("e1", community_id="a", ended_at=OCTOBER, revision=2)
SECOND = enrolment("e2", community_id="b", enrolled_at=OCTOBER)


def is_late(moment: datetime) -> bool:
    return moment >= JUNE


def corrected(
    *history: Enrolment,
    of: str,
    enrolled_at: datetime | None = None,
    ended_at: datetime | None = None,
    move_neighbour: bool = False,
) -> list[Enrolment]:
    return correct(
        Correction(
            enrolment_id=of, enrolled_at=enrolled_at, ended_at=ended_at, move_neighbour=move_neighbour
        ),
        enrolments=Enrolments(history=history),
        communities=COMMUNITIES,
        is_late=is_late,
    )


class TestACorrection:
    def test_moves_a_boundary(self) -> None:
        assert corrected(FIRST, of="e1", ended_at=SEPTEMBER) == [
            enrolment("e1", community_id="a", ended_at=SEPTEMBER, revision=3)
        ]

    @pytest.mark.parametrize(
        ("of", "times"), [("e1", {"ended_at": SEPTEMBER}), ("e2", {"enrolled_at": SEPTEMBER})]
    )
    def test_moves_the_common_boundary_of_a_transfer_that_came_in_late(
        self, of: str, times: dict[str, datetime]
    ) -> None:
        changed = corrected(FIRST, SECOND, of=of, move_neighbour=True, **times)
        # What becomes shorter is stored first.
        assert changed == [
            enrolment("e1", community_id="a", ended_at=SEPTEMBER, revision=3),
            enrolment("e2", community_id="b", enrolled_at=SEPTEMBER, revision=2),
        ]

    def test_without_moving_the_neighbour_may_leave_a_gap_and_no_overlap(self) -> None:
        assert len(corrected(FIRST, SECOND, of="e1", ended_at=SEPTEMBER)) == 1
        with pytest.raises(EnrolmentsOverlap) as refused:
            corrected(FIRST, SECOND, of="e2", enrolled_at=SEPTEMBER)
        assert refused.value.metadata == {"enrolment_id": "e1", "community_id": "a"}

    @pytest.mark.parametrize(
        ("history", "wanted", "refusal"),
        [
            ([FIRST], {"of": "nothing", "enrolled_at": MARCH}, EnrolmentUnknown),
            ([FIRST], {"of": "e1"}, NothingToCorrect),
            ([FIRST], {"of": "e1", "enrolled_at": MARCH}, NothingToCorrect),
            ([SECOND], {"of": "e2", "ended_at": OCTOBER + DAY}, NotEndedYet),
            ([FIRST], {"of": "e1", "enrolled_at": OCTOBER}, EndsBeforeStart),
            ([FIRST], {"of": "e1", "ended_at": SEPTEMBER, "move_neighbour": True}, NoNeighbour),
            # The neighbour that touches the other boundary stays.
            (
                [FIRST, SECOND],
                {"of": "e1", "enrolled_at": MARCH - DAY, "move_neighbour": True},
                NoNeighbour,
            ),
            (
                [FIRST, SECOND],
                {"of": "e2", "enrolled_at": MARCH, "move_neighbour": True},
                EndsBeforeStart,
            ),
            (
                [enrolment("e1", community_id="young", enrolled_at=JUNE)],
                {"of": "e1", "enrolled_at": JUNE - DAY},
                NodeNotYet,
            ),
            (
                [enrolment("e1", community_id="closed", ended_at=JUNE)],
                {"of": "e1", "ended_at": OCTOBER + DAY},
                NodeClosed,
            ),
        ],
    )
    def test_is_refused(
        self, history: list[Enrolment], wanted: dict[str, object], refusal: type[Fault]
    ) -> None:
        with pytest.raises(refusal):
            corrected(*history, **wanted)  # type: ignore[arg-type]

    def test_decides_lateness_anew_and_passes_it_on_to_what_carries_on(self) -> None:
        late, carried = (
            enrolment("e1", community_id="a", enrolled_at=JUNE, ended_at=OCTOBER, late=True),
            enrolment("e2", community_id="b", enrolled_at=OCTOBER, late=True),
        )
        changed = corrected(late, carried, of="e1", enrolled_at=MARCH)
        assert {each.id: each.late for each in changed} == {"e1": False, "e2": False}

    def test_of_a_transfer_leaves_lateness_as_it_was(self) -> None:
        changed = corrected(FIRST, SECOND, of="e2", enrolled_at=SEPTEMBER, move_neighbour=True)
        assert not any(each.late for each in changed)


@st.composite
def histories(draw: st.DrawFn) -> list[Enrolment]:
    """Some enrolments of one member, a few of which touch each other."""
    days = sorted(draw(st.lists(st.integers(0, 12), min_size=2, max_size=8)))
    spans = [(begin, end) for begin, end in pairwise(days) if begin < end and draw(st.booleans())]
    return [
        enrolment(
            f"e{number}",
            community_id="a",
            enrolled_at=MARCH + begin * DAY,
            ended_at=None if number == len(spans) - 1 and draw(st.booleans()) else MARCH + end * DAY,
        )
        for number, (begin, end) in enumerate(spans)
    ]


class TestAnyCorrection:
    @given(
        history=histories(),
        of=st.integers(0, 7),
        begin=st.none() | st.integers(0, 12),
        end=st.none() | st.integers(0, 12),
        move_neighbour=st.booleans(),
    )
    def test_that_is_not_refused_can_be_stored_one_row_after_the_other(
        self, history: list[Enrolment], of: int, begin: int | None, end: int | None, *, move_neighbour: bool
    ) -> None:
        try:
            changed = corrected(
                *history,
                of=f"e{of}",
                enrolled_at=None if begin is None else MARCH + begin * DAY,
                ended_at=None if end is None else MARCH + end * DAY,
                move_neighbour=move_neighbour,
            )
        except Fault:
            return
        held = {each.id: each for each in history}
        for each in changed:
            held[each.id] = each
            in_order = sorted(held.values(), key=lambda one: one.enrolled_at)
            assert not any(earlier.reaches_beyond(later.enrolled_at) for earlier, later in pairwise(in_order))
