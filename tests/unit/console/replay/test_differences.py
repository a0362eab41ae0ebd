from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from services.console.replay.differences import published_and_answered, stated_and_answered
from services.console.replay.findings import Answered, Counted
from services.console.replay.published import Published, PublishedTotal, PublishedWeek
from services.console.replay.source import read_source
from services.console.replay.weeks import Attended
from services.console.replay.year import Year, build
from tests.unit.console.replay.folders import NOW, shift_row, volunteer_row, write_folder


@pytest.fixture
def year(tmp_path: Path) -> Year:
    """Two shifts of one week: three attendances of 40, 40 and 50 minutes."""
    rows = [
        shift_row(hours="1.3333"),
        shift_row(shift_id="2", day="2023-05-07", hours="0.8333", attended="1"),
    ]
    volunteers = [volunteer_row("a"), volunteer_row("b")]
    return build(read_source(write_folder(tmp_path, shifts=rows, volunteers=volunteers), now=NOW))


@pytest.fixture
def answered(year: Year) -> Answered:
    """What servers answer that did everything right."""
    return Answered(
        volunteers=2,
        shifts=2,
        attended=tuple(
            Attended(
                shift_id=stay.shift_id, volunteer=stay.volunteer, at=stay.signed_in_at, minutes=stay.minutes
            )
            for stay in year.stays
        ),
        counted=(
            Counted(volunteer="a", minutes=90, balance_milli=90_000),
            Counted(volunteer="b", minutes=40, balance_milli=40_000),
        ),
        board_minutes={"2023": (90, 40)},
    )


def published(*, attendances: int = 3, hours: int = 2, ending: date = date(2023, 5, 12)) -> Published:
    return Published(
        weeks=(PublishedWeek(ending=ending, attendances=attendances, hours=hours),),
        total=PublishedTotal(attendances=attendances, hours=hours),
    )


class TestStatedAndAnswered:
    def test_agree(self, year: Year, answered: Answered) -> None:
        assert stated_and_answered(year, answered) == []

    def test_differ_by_a_lost_attendance(self, year: Year, answered: Answered) -> None:
        found = stated_and_answered(year, replace(answered, attended=answered.attended[1:]))
        assert "attendances: 3 stated, 2 answered" in found
        assert "minutes: 130 stated, 90 answered" in found

    def test_differ_by_minutes_that_moved_from_one_to_another(self, year: Year, answered: Answered) -> None:
        first, second, third = answered.attended
        moved = (replace(first, minutes=39), replace(second, minutes=41), third)
        assert "attendances: 4 that are not as stated" in stated_and_answered(
            year, replace(answered, attended=moved)
        )

    def test_differ_by_points(self, year: Year, answered: Answered) -> None:
        short = (answered.counted[0], Counted(volunteer="b", minutes=39, balance_milli=39_000))
        assert stated_and_answered(year, replace(answered, counted=short)) == [
            "minutes that count in points: 130 stated, 129 answered",
            "milli-points: 130,000 stated, 129,000 answered",
        ]

    def test_differ_by_a_board(self, year: Year, answered: Answered) -> None:
        (found,) = stated_and_answered(year, replace(answered, board_minutes={"2023": (90,)}))
        assert found.startswith("board 2023")


class TestPublishedAndAnswered:
    def test_agree_before_rounding(self, answered: Answered) -> None:
        assert published_and_answered(published(), answered) == []
        assert published_and_answered(Published(weeks=None, total=None), answered) == []

    @pytest.mark.parametrize(
        "other", [published(attendances=4), published(hours=3), published(ending=date(2023, 5, 5))]
    )
    def test_differ(self, answered: Answered, other: Published) -> None:
        assert published_and_answered(other, answered)
