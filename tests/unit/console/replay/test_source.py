import json
import os
from pathlib import Path

import pytest

from services.console.replay.faults import (
    ColumnMissing,
    FileUnreadable,
    NotCsv,
    NotUtf8,
    PublishedUnreadable,
    SourceUnusable,
)
from services.console.replay.published import PublishedTotal
from services.console.replay.source import read_source
from tests.unit.console.replay.folders import NOW, VOLUNTEER_HEADER, shift_row, volunteer_row, write_folder

BROKEN_SHIFTS = {
    "too few fields": ("2023-05-06,2,LS1 4AP,2.0", "4 fields instead of 9"),
    "too many fields": (shift_row(shift_id="2") + ",more", "10 fields instead of 9"),
    "no date": (shift_row(shift_id="2", day=""), "no date"),
    "a date of another form": (shift_row(shift_id="2", day="6/5/2023"), "is no date"),
    "a date without hyphens": (shift_row(shift_id="2", day="20230506"), "is no date"),
    "an impossible date": (shift_row(shift_id="2", day="2023-02-29"), "is no date"),
    "a date before all services": (shift_row(shift_id="2", day="0203-05-06"), "before 1950"),
    "a day to come": (shift_row(shift_id="2", day="2024-06-02"), "in the future"),
    "a shift that is not over": (shift_row(shift_id="2", day="2024-06-01", hours="14"), "not over"),
    "hours that are no number": (shift_row(shift_id="2", hours="two"), "is no number"),
    "no hours": (shift_row(shift_id="2", hours=""), "is no number"),
    "negative hours": (shift_row(shift_id="2", hours="-1"), "is negative"),
    "infinite hours": (shift_row(shift_id="2", hours="inf"), "is not finite"),
    "hours that are not a number by name": (shift_row(shift_id="2", hours="nan"), "is not finite"),
    "hours without end": (shift_row(shift_id="2", hours="9e999999"), "longer than a day"),
    "hours longer than a day": (shift_row(shift_id="2", hours="48.1"), "longer than a day"),
    "hours into the next shift on a day of 23 hours": (
        shift_row(shift_id="2", day="2023-03-25", hours="24", attended="1"),
        "longer than a day",
    ),
    "attended by half a person": (shift_row(shift_id="2", attended="1.5"), "no whole number"),
    "attended by less than nobody": (shift_row(shift_id="2", attended="-1"), "no whole number"),
    "attended by nobody knows how many": (shift_row(shift_id="2", attended=""), "no whole number"),
    "hours that nobody attended": (shift_row(shift_id="2", attended="0"), "nobody attended"),
    "no shift id": (shift_row(shift_id=""), "shift_id '' is not"),
    "a shift id with a space": (shift_row(shift_id="2 b"), "shift_id '2 b' is not"),
    "a shift id that is too long": (shift_row(shift_id="2" * 65), "shift_id"),
    "a shift id that was there before": (shift_row(shift_id="100"), "shift_id 100 stands in line 2"),
    "a postcode that is none": (shift_row(shift_id="2", postcode="Leeds"), "no postcode"),
}
BROKEN_VOLUNTEERS = {
    "too few fields": ("beef", "1 fields instead of 5"),
    "no hash": (volunteer_row(""), "hash '' is not"),
    "a hash that was there before": (volunteer_row("cafe"), "hash cafe stands in line 2"),
    "an impossible day of confirmation": (volunteer_row("beef", confirmed="2022-13-01"), "is no date"),
    "a record from the future": (volunteer_row("beef", created="2030-01-01"), "in the future"),
}


class TestBrokenRows:
    @pytest.mark.parametrize("broken", BROKEN_SHIFTS)
    def test_of_shifts_are_left_out_with_line_and_reason(self, tmp_path: Path, broken: str) -> None:
        row, reason = BROKEN_SHIFTS[broken]
        folder = write_folder(tmp_path, shifts=[shift_row(), row, shift_row(shift_id="3")])
        found = read_source(folder, now=NOW)
        assert [shift.shift_id for shift in found.shifts] == ["100", "3"]
        assert [(each.file, each.line) for each in found.broken] == [("shifts.csv", 3)]
        assert reason in found.broken[0].reason

    @pytest.mark.parametrize("broken", BROKEN_VOLUNTEERS)
    def test_of_volunteers_are_left_out_with_line_and_reason(self, tmp_path: Path, broken: str) -> None:
        row, reason = BROKEN_VOLUNTEERS[broken]
        folder = write_folder(tmp_path, volunteers=[volunteer_row("cafe"), row, volunteer_row("f00d")])
        found = read_source(folder, now=NOW)
        assert [volunteer.code for volunteer in found.volunteers] == ["cafe", "f00d"]
        assert [(each.file, each.line) for each in found.broken] == [("volunteers.csv", 3)]
        assert reason in found.broken[0].reason

    def test_are_counted_from_the_line_in_which_they_begin(self, tmp_path: Path) -> None:
        long = shift_row(shift_id="2", title='"One\nTwo\nThree"')
        folder = write_folder(tmp_path, shifts=[long, "", shift_row(shift_id="3", day="")])
        found = read_source(folder, now=NOW)
        assert [shift.title for shift in found.shifts] == ["OneTwoThree"]
        assert [each.line for each in found.broken] == [6]


class TestRows:
    def test_may_lack_a_postcode_or_name_half_of_it(self, tmp_path: Path) -> None:
        postcodes = ("", "LS11", "LS10 1NE", "ls101ne", "W1A 1AA")
        rows = [shift_row(shift_id=str(turn), postcode=each) for turn, each in enumerate(postcodes)]
        found = read_source(write_folder(tmp_path, shifts=rows), now=NOW)
        assert [shift.outward for shift in found.shifts] == ["", "LS11", "LS10", "LS10", "W1A"]
        assert not found.broken

    def test_take_any_date_as_a_confirmation_and_none_as_none(self, tmp_path: Path) -> None:
        rows = [
            volunteer_row("a"),
            volunteer_row("b", confirmed=""),
            volunteer_row("c", confirmed="2031-01-01"),
        ]
        found = read_source(write_folder(tmp_path, volunteers=rows), now=NOW)
        assert [one.confirmed for one in found.volunteers] == [True, False, True]

    def test_may_state_that_nobody_came_or_that_it_took_no_time(self, tmp_path: Path) -> None:
        rows = [shift_row(hours="0", attended="0"), shift_row(shift_id="2", hours="0.0")]
        found = read_source(write_folder(tmp_path, shifts=rows), now=NOW)
        assert [(shift.minutes, shift.lasts_minutes) for shift in found.shifts] == [(0, 1), (0, 1)]

    def test_may_last_until_the_next_days_shifts(self, tmp_path: Path) -> None:
        days = {"2023-03-25": "23", "2023-05-06": "24", "2023-10-28": "25"}
        rows = [shift_row(shift_id=day, day=day, hours=hours, attended="1") for day, hours in days.items()]
        found = read_source(write_folder(tmp_path, shifts=rows), now=NOW)
        assert [shift.minutes for shift in found.shifts] == [23 * 60, 24 * 60, 25 * 60]

    def test_give_a_title_that_fits(self, tmp_path: Path) -> None:
        rows = [
            shift_row(title="x" * 200),
            shift_row(shift_id="2", title=""),
            shift_row(shift_id="3", title="a\0b"),
        ]
        found = read_source(write_folder(tmp_path, shifts=rows), now=NOW)
        assert [shift.title for shift in found.shifts] == ["x" * 100, "Shift 2", "ab"]


class TestFolder:
    def test_is_the_same_with_a_byte_order_mark_but_for_its_digest(self, tmp_path: Path) -> None:
        rows = [shift_row()]
        plain = read_source(write_folder(tmp_path, shifts=rows), now=NOW)
        marked = read_source(write_folder(tmp_path, shifts=rows, encoding="utf-8-sig"), now=NOW)
        assert plain.shifts == marked.shifts
        assert plain.digest != marked.digest

    @pytest.mark.parametrize("name", ["shifts.csv", "volunteers.csv"])
    def test_lacks_a_file(self, tmp_path: Path, name: str) -> None:
        (write_folder(tmp_path) / name).unlink()
        with pytest.raises(FileUnreadable, match=name):
            read_source(tmp_path, now=NOW)

    def test_has_a_folder_for_a_file(self, tmp_path: Path) -> None:
        (write_folder(tmp_path) / "shifts.csv").unlink()
        (tmp_path / "shifts.csv").mkdir()
        with pytest.raises(FileUnreadable, match=r"shifts\.csv"):
            read_source(tmp_path, now=NOW)

    def test_lacks_columns(self, tmp_path: Path) -> None:
        folder = write_folder(tmp_path, shift_header="date,shift_id,postcode,attended,event_name")
        with pytest.raises(ColumnMissing, match=r"shifts\.csv lacks the column volunteer_hours\."):
            read_source(folder, now=NOW)

    def test_has_a_column_twice(self, tmp_path: Path) -> None:
        folder = write_folder(tmp_path, volunteer_header=f"{VOLUNTEER_HEADER},hash")
        with pytest.raises(ColumnMissing, match=r"volunteers\.csv has the column hash twice"):
            read_source(folder, now=NOW)

    def test_has_an_empty_file(self, tmp_path: Path) -> None:
        (write_folder(tmp_path) / "volunteers.csv").write_bytes(b"")
        with pytest.raises(ColumnMissing, match=r"volunteers\.csv lacks the column hash, created, confirmed"):
            read_source(tmp_path, now=NOW)

    def test_is_in_another_encoding(self, tmp_path: Path) -> None:
        folder = write_folder(tmp_path, shifts=[shift_row(title="Café")], encoding="latin-1")
        with pytest.raises(NotUtf8, match=r"shifts\.csv is not UTF-8, in line 2"):
            read_source(folder, now=NOW)

    def test_has_a_quotation_mark_that_never_closes(self, tmp_path: Path) -> None:
        folder = write_folder(tmp_path, shifts=[shift_row(), shift_row(shift_id="2", title='"My Leeds')])
        with pytest.raises(NotCsv, match=r"shifts\.csv is not CSV from line 3 on"):
            read_source(folder, now=NOW)


class TestAPipe:
    def test_is_not_waited_for(self, tmp_path: Path) -> None:
        folder = write_folder(tmp_path)
        (folder / "shifts.csv").unlink()
        os.mkfifo(folder / "shifts.csv")
        with pytest.raises(FileUnreadable, match=r"shifts\.csv is no file"):
            read_source(folder, now=NOW)


class TestPublished:
    def test_is_optional(self, tmp_path: Path) -> None:
        found = read_source(write_folder(tmp_path), now=NOW).published
        assert (found.weeks, found.total) == (None, None)

    def test_is_read_where_it_is_there(self, tmp_path: Path) -> None:
        summary = {"volunteer_shifts": {"total": 3}, "volunteer_hours": {"total": 12}}
        (tmp_path / "expected_summary.json").write_text(json.dumps(summary))
        weeks = "date,volunteer_shifts,volunteer_hours\n2023-05-05,3,12\n"
        (tmp_path / "expected_by_week.csv").write_text(weeks)
        found = read_source(write_folder(tmp_path), now=NOW).published
        assert found.total == PublishedTotal(attendances=3, hours=12)
        assert found.weeks is not None
        assert [(str(one.ending), one.attendances, one.hours) for one in found.weeks] == [
            ("2023-05-05", 3, 12)
        ]

    @pytest.mark.parametrize(
        "content", ["", "[]", "[" * 100_000, "{}", '{"volunteer_shifts": {"total": "many"}}', "\xff"]
    )
    def test_is_refused_in_another_form(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "expected_summary.json").write_bytes(content.encode("latin-1"))
        with pytest.raises(PublishedUnreadable, match=r"expected_summary\.json"):
            read_source(write_folder(tmp_path), now=NOW)

    @pytest.mark.parametrize(
        "content",
        ["date,volunteer_shifts\n", "date,volunteer_shifts,volunteer_hours\n2023-05-05,three,12\n"],
    )
    def test_is_refused_with_weeks_in_another_form(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "expected_by_week.csv").write_text(content)
        with pytest.raises(SourceUnusable, match=r"expected_by_week\.csv"):
            read_source(write_folder(tmp_path), now=NOW)
