"""A year that happened: its shifts go through the APIs, and add up to what they were.

The year here is made up, with the days on which the clocks change and rows that cannot be used. The real one
is no part of the project: `LEEDS_2023_DIR` names the folder that has it.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.linli import Served, as_json, linli, served
from tests.journeys.test_demo import STORES_ELSEWHERE, without_times

VOLUNTEERS = """\
hash,ward_code,status,created,confirmed,rejected
c0ffee0000000000000a,E05011390,confirmed,2022-08-01,2022-09-01,
c0ffee0000000000000b,E05011390,confirmed,2022-08-01,2022-09-01,2023-02-01
c0ffee0000000000000c,,,2022-08-02,,
c0ffee0000000000000d,E05011391,confirmed,2022-08-03,2023-11-30,
c0ffee0000000000000e,E05011391,confirmed,,2022-09-05,
c0ffee0000000000000f,E05011391,left,2023-01-04,2023-01-10,
c0ffee00000000000010,E05011392,applied,2023-01-04,,
c0ffee00000000000011,E05011392,confirmed,2023-01-04,2023-01-12,
c0ffee0000000000000a,E05011392,confirmed,2023-01-04,2023-01-12,
c0ffee00000000000012,E05011392,confirmed,2023-13-04,2023-01-12,
"""
"""Eight that can be used; six of them have a confirmed date, one of those in autumn only."""
SHIFTS = """\
date,shift_id,postcode,volunteer_hours,attended,demand,event_id,event_name,event_type
2022-12-30,1,LS10 1NE,8.0,3,3,7,Lights,
2022-12-31,2,LS10 1NE,7.667,2,1,7,"Lights, out",
2023-01-01,3,LS1,0.667,1,3,7,New Year,
2023-03-25,4,,12.5,4,4,8,Spring,
2023-03-26,5,,23.0,1,4,8,Spring,
2023-03-26,6,LS6 3HN,10.0,5,4,8,Spring,
2023-03-27,7,LS6 3HN,0.025,2,2,8,Spring,
2023-05-05,8,BD11 1AA,6.1,6,2,9,Friday,
2023-05-06,9,BD11 1AA,1,1,2,9,Saturday,
2023-05-06,9,BD11 1AA,1,1,2,9,Saturday again,
2023-10-28,10,LS2 8BH,25,1,1,9,Autumn,
2023-10-29,11,LS2 8BH,7.5,3,4,9,Autumn,
2023-10-29,12,LS2 8BH,two,3,4,9,Autumn,
2023-10-30,13,LS2 8BH,0,2,4,9,Nothing to do,
2023-02-30,14,LS2 8BH,2,3,4,9,Never,
2023-11-04,15,LS2 8BH,2,0,4,9,Nobody,
2023-11-05,16,LS2 8BH,0,0,4,9,Cancelled,
2023-11-06,17,LS2 8BH
"""
"""Thirteen that can be used; in one of them nobody was there."""
MINUTES = 480 + 460 + 40 + 750 + 1380 + 600 + 2 + 366 + 60 + 1500 + 450
ATTENDANCES = 3 + 2 + 1 + 4 + 1 + 5 + 2 + 6 + 1 + 1 + 3 + 2
BROKEN = [
    ("shifts.csv", 11, "shift_id 9 stands in line 10 already"),
    ("shifts.csv", 14, "volunteer_hours 'two' is no number"),
    ("shifts.csv", 16, "date '2023-02-30' is no date such as 2023-10-29"),
    ("shifts.csv", 17, "volunteer_hours 2, and nobody attended"),
    ("shifts.csv", 19, "3 fields instead of 9"),
    ("volunteers.csv", 10, "hash c0ffee0000000000000a stands in line 2 already"),
    ("volunteers.csv", 11, "created '2023-13-04' is no date such as 2023-10-29"),
]
WEEKS = {
    "2022-12-30": (3, 480),
    "2023-01-06": (3, 500),
    "2023-03-31": (12, 2732),
    "2023-05-05": (6, 366),
    "2023-05-12": (1, 60),
    "2023-11-03": (6, 1950),
}
"""Those with an attendance; the others are there too."""
REAL_FOLDER = os.environ.get("LEEDS_2023_DIR", "")
IN_LONDON = {"LINLI_TIME_ZONE": "Europe/London"}


@pytest.fixture(params=["sqlite", "postgresql and valkey"])
def stores(request: pytest.FixtureRequest) -> Mapping[str, str]:
    """The settings of a server in London; the test runs on each kind of database."""
    if request.param == "sqlite":
        return IN_LONDON
    postgres_url, redis_url = (request.getfixturevalue(name) for name in ("postgres_url", "redis_url"))
    urls = {f"LINLI_{service.upper()}_DATABASE_URL": postgres_url for service in STORES_ELSEWHERE}
    return {**IN_LONDON, **urls, "LINLI_REDIS_URL": redis_url}


@pytest.fixture
def year(tmp_path: Path) -> Path:
    """The made-up folder, with what was published about it."""
    folder = tmp_path / "year"
    folder.mkdir()
    (folder / "shifts.csv").write_text(SHIFTS, "utf-8-sig")
    (folder / "volunteers.csv").write_text(VOLUNTEERS, "utf-8")
    publish(folder)
    return folder


def publish(folder: Path, *, attendances: int = ATTENDANCES) -> None:
    """Write what a programme publishes: weeks rounded to hours, the total cut to whole ones."""
    weeks = [f"{ending},{heads},{(minutes + 30) // 60}" for ending, (heads, minutes) in WEEKS.items()]
    lines = ["date,volunteer_shifts,volunteer_hours", *weeks, ""]
    (folder / "expected_by_week.csv").write_text("\n".join(lines))
    total = {"volunteer_shifts": {"total": attendances}, "volunteer_hours": {"total": MINUTES // 60}}
    (folder / "expected_summary.json").write_text(json.dumps(total))


def heads(server: Served) -> dict[str, Any]:
    found = as_json(linli("status", "--json", "--target", server.target))
    return {name: (status["head_position"], status["follows"]) for name, status in found.items()}


def refused(*arguments: str) -> str:
    """Run a replay that is refused, and give the one line that it says."""
    done = linli("replay", *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    return done.stderr


class TestReplay:
    def test_adds_up_to_what_the_year_was_and_again_changes_nothing(
        self, tmp_path: Path, year: Path, stores: Mapping[str, str]
    ) -> None:
        with served(tmp_path / "district", extra=stores) as server:
            first = as_json(linli("replay", str(year), "--json", "--target", server.target))
            heads_before = heads(server)
            second = as_json(linli("replay", str(year), "--json", "--target", server.target))
            assert heads(server) == heads_before
        assert without_times(second) == without_times(first)
        assert first["volunteers_registered"] == 8
        assert (first["shifts"], first["shifts_attended"]) == (13, 12)
        assert (first["attendances"], first["confirmed_minutes"]) == (ATTENDANCES, MINUTES)
        assert (first["hours"], first["points"]) == ("101.47", MINUTES)
        weeks = {week["ending"]: (week["attendances"], week["minutes"]) for week in first["weeks"]}
        assert {ending: week for ending, week in weeks.items() if week != (0, 0)} == WEEKS
        assert len(weeks) == 45
        assert [(row["file"], row["line"], row["reason"]) for row in first["rows_broken"]] == BROKEN
        assert first["compared_with"] == ["expected_by_week.csv", "expected_summary.json"]
        assert (first["refused"], first["differences"], first["verified"]) == (0, [], True)

    def test_keeps_its_own_folder_in_london(self, tmp_path: Path, year: Path) -> None:
        keep = ("--keep", str(tmp_path / "kept"))
        first = as_json(linli("replay", str(year), "--json", *keep))
        second = as_json(linli("replay", str(year), "--json", *keep))
        assert without_times(second) == without_times(first)

    def test_shows_a_person_the_totals_and_every_row_that_is_left_out(self, year: Path) -> None:
        shown = linli("replay", str(year))
        assert shown.returncode == 0, shown.stderr
        assert "101.47" in shown.stdout
        assert all(reason in shown.stdout for _, _, reason in BROKEN)
        assert "Verified" in shown.stdout

    def test_fails_where_the_programme_published_something_else(self, year: Path) -> None:
        publish(year, attendances=ATTENDANCES + 1)
        done = linli("replay", str(year), "--json")
        assert done.returncode == 1
        printed = json.loads(done.stdout)
        assert printed["differences"] == [
            f"published: {ATTENDANCES + 1} attendances, answered: {ATTENDANCES}"
        ]
        assert printed["verified"] is True


class TestReplayIsRefused:
    def test_without_a_file_and_makes_no_folder(self, tmp_path: Path, year: Path) -> None:
        (year / "volunteers.csv").unlink()
        assert "volunteers.csv cannot be read" in refused(str(year), "--keep", str(tmp_path / "kept"))
        assert not (tmp_path / "kept").exists()

    def test_with_a_day_that_needs_more_people_than_there_are(self, tmp_path: Path, year: Path) -> None:
        with (year / "shifts.csv").open("a") as file:
            file.write("2023-12-01,99,,2,7,1,9,Crowd,\n")
        said = refused(str(year), "--keep", str(tmp_path / "kept"))
        assert "2023-12-01 needs 7 people, and only 6 volunteers" in said
        assert not (tmp_path / "kept").exists()

    def test_by_servers_of_another_time_zone_before_anything_is_written(
        self, tmp_path: Path, year: Path
    ) -> None:
        with served(tmp_path / "district") as server:
            assert "Asia/Shanghai" in refused(str(year), "--target", server.target)
            found = as_json(linli("status", "--json", "--target", server.target))
        assert {status["head_position"] for status in found.values()} == {0}

    def test_by_a_server_that_is_not_there(self, year: Path) -> None:
        assert "No server answers at 127.0.0.1:1" in refused(str(year), "--target", "127.0.0.1:1")

    def test_by_data_of_another_year(self, tmp_path: Path, year: Path) -> None:
        with served(tmp_path / "district", extra=IN_LONDON) as server:
            as_json(linli("replay", str(year), "--json", "--target", server.target))
            heads_before = heads(server)
            with (year / "shifts.csv").open("a") as file:
                file.write("2023-12-01,99,,2,1,1,9,One more,\n")
            assert "another district" in refused(str(year), "--target", server.target)
            assert heads(server) == heads_before


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(
    not REAL_FOLDER, reason="LEEDS_2023_DIR names no folder, and the real year is no part of the project"
)
def test_the_real_year(tmp_path: Path, stores: Mapping[str, str]) -> None:
    with served(tmp_path, extra=stores) as server:
        replay = ("replay", REAL_FOLDER, "--json", "--target", server.target)
        first = as_json(linli(*replay))
        heads_before = heads(server)
        second = as_json(linli(*replay))
        assert heads(server) == heads_before
    assert without_times(second) == without_times(first)
    assert first["volunteers_registered"] == 2_823
    assert (first["shifts"], first["shifts_attended"]) == (1_081, 1_081)
    assert (first["attendances"], first["confirmed_minutes"]) == (6_098, 1_066_011)
    assert (first["hours"], first["points"]) == ("17766.85", 1_066_011)
    assert sum(week["minutes"] for week in first["weeks"]) == 1_066_011
    assert first["compared_with"] == ["expected_by_week.csv", "expected_summary.json"]
    assert (first["rows_broken"], first["refused"], first["differences"]) == ([], 0, [])
    assert first["verified"] is True
