from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.replay.clock import day_of
from services.console.replay.faults import NothingToReplay, TooFewVolunteers
from services.console.replay.records import Shift
from services.console.replay.source import read_source
from services.console.replay.year import assign, build
from tests.unit.console.replay.folders import NOW, shift_row, volunteer_row, write_folder

PEOPLE = [f"v{number}" for number in range(9)]
FIRST_DAY = date(2023, 3, 20)


def shift(number: int, *, day: date, minutes: int, attended: int) -> Shift:
    return Shift(
        shift_id=str(number), day=day, outward="LS1", minutes=minutes, attended=attended, title="My Leeds"
    )


@st.composite
def shifts(draw: st.DrawFn) -> list[Shift]:
    """Some days around the change to summer time, none of which needs more people than there are."""
    found: list[Shift] = []
    for offset in draw(st.lists(st.integers(0, 14), unique=True, max_size=8)):
        room = len(PEOPLE)
        while room and draw(st.booleans()):
            attended = draw(st.integers(0, room))
            room -= attended
            minutes = draw(st.integers(0, attended * 23 * 60))
            day = FIRST_DAY + timedelta(days=offset)
            found.append(shift(len(found), day=day, minutes=minutes, attended=attended))
    return sorted(found, key=lambda one: one.day)


class TestPairing:
    @given(shifts())
    def test_loses_no_minute_and_no_attendance(self, given_shifts: list[Shift]) -> None:
        stays = [stay for each in assign(shifts=given_shifts, people=PEOPLE) for stay in each]
        minutes, heads = Counter[str](), Counter[str]()
        for stay in stays:
            minutes[stay.shift_id] += stay.minutes
            heads[stay.shift_id] += 1
        assert +minutes == +Counter({one.shift_id: one.minutes for one in given_shifts})
        assert heads == +Counter({one.shift_id: one.attended for one in given_shifts})
        assert len({stay.code for stay in stays}) == len(stays)

    @given(shifts())
    def test_has_nobody_twice_a_day_or_in_two_places(self, given_shifts: list[Shift]) -> None:
        stays = [stay for each in assign(shifts=given_shifts, people=PEOPLE) for stay in each]
        days = Counter((stay.volunteer, day_of(stay.signed_in_at)) for stay in stays)
        assert set(days.values()) <= {1}
        left_at: dict[str, datetime] = {}
        for stay in stays:
            assert left_at.get(stay.volunteer, stay.signed_in_at) <= stay.signed_in_at
            left_at[stay.volunteer] = stay.signed_out_at

    @given(shifts())
    def test_gives_rounds_in_which_nobody_is_twice(self, given_shifts: list[Shift]) -> None:
        for each in assign(shifts=given_shifts, people=PEOPLE):
            assert len({stay.volunteer for stay in each}) == len(each)

    @given(shifts(), st.randoms(use_true_random=False))
    def test_has_the_same_totals_whatever_the_order_of_people(
        self, given_shifts: list[Shift], random: Random
    ) -> None:
        people = list(PEOPLE)
        random.shuffle(people)
        stays = [stay for each in assign(shifts=given_shifts, people=people) for stay in each]
        assert sum(stay.minutes for stay in stays) == sum(one.minutes for one in given_shifts)

    def test_goes_on_from_day_to_day(self) -> None:
        given_shifts = [
            shift(1, day=FIRST_DAY, minutes=180, attended=3),
            shift(2, day=FIRST_DAY + timedelta(days=1), minutes=121, attended=2),
        ]
        (first, second) = assign(shifts=given_shifts, people=PEOPLE[:4])
        assert [stay.volunteer for stay in first] == ["v0", "v1", "v2", "v3"]
        assert [(stay.volunteer, stay.minutes) for stay in second] == [("v0", 60)]

    def test_refuses_a_day_that_needs_more_people_than_there_are(self) -> None:
        given_shifts = [shift(turn, day=FIRST_DAY, minutes=60, attended=5) for turn in (1, 2)]
        with pytest.raises(TooFewVolunteers, match="2023-03-20 needs 10 people, and only 9 volunteers"):
            list(assign(shifts=given_shifts, people=PEOPLE))


class TestYear:
    def test_starts_every_shift_at_nine_in_london(self, tmp_path: Path) -> None:
        days = {"2023-03-25": 9, "2023-03-26": 8, "2023-10-28": 8, "2023-10-29": 9}
        rows = [shift_row(shift_id=day, day=day, hours="1", attended="1") for day in days]
        year = build(
            read_source(write_folder(tmp_path, shifts=rows, volunteers=[volunteer_row("a")]), now=NOW)
        )
        assert {stay.shift_id: stay.signed_in_at.hour for stay in year.stays} == days
        assert all(stay.signed_out_at - stay.signed_in_at == timedelta(hours=1) for stay in year.stays)

    def test_is_in_the_order_of_days_whatever_the_order_of_the_file(self, tmp_path: Path) -> None:
        rows = [shift_row(shift_id=day[-1], day=day) for day in ("2023-05-03", "2023-05-01", "2023-05-02")]
        volunteers = [volunteer_row(code) for code in "abc"]
        year = build(read_source(write_folder(tmp_path, shifts=rows, volunteers=volunteers), now=NOW))
        assert [(stay.shift_id, stay.volunteer) for stay in year.stays] == [
            *[("1", "a"), ("1", "b")],
            *[("2", "c"), ("2", "a")],
            *[("3", "b"), ("3", "c")],
        ]

    def test_begins_with_its_first_day_and_pairs_only_who_was_confirmed(self, tmp_path: Path) -> None:
        volunteers = [volunteer_row("a", confirmed="", created="2021-07-01"), volunteer_row("b", created="")]
        rows = [shift_row(attended="1"), shift_row(shift_id="2", day="2023-05-07", postcode="", attended="1")]
        year = build(read_source(write_folder(tmp_path, shifts=rows, volunteers=volunteers), now=NOW))
        assert year.created_at == datetime(2021, 6, 30, 23, tzinfo=UTC)
        assert {stay.volunteer for stay in year.stays} == {"b"}
        assert year.communities == ("LS10", "NO-POSTCODE")

    def test_needs_a_shift_and_names_why_there_is_none(self, tmp_path: Path) -> None:
        source = read_source(write_folder(tmp_path, shifts=[shift_row(hours="x")]), now=NOW)
        with pytest.raises(NothingToReplay, match=r"shifts\.csv, line 2: volunteer_hours 'x' is no number"):
            build(source)
