import json
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO

from rich.cells import cell_len
from rich.console import Console

from services.console.demo.findings import Findings
from services.console.demo.report import Json, as_json
from services.console.demo.tables import hours, show
from tests.unit.console.factories import findings, reward

SECONDS = {"grid": 1.23456, "reward run": 2.0}


def reported(found: Findings, *, seconds: Mapping[str, float] = SECONDS) -> Json:
    return as_json(found, seed=1, scale="1", verified=True, seconds=seconds)


def printed(found: Findings, *, verified: bool = True) -> str:
    out = StringIO()
    show(Console(file=out, width=100), found, verified=verified, seconds=SECONDS)
    return out.getvalue()


class TestJson:
    def test_has_the_figures_of_the_year(self) -> None:
        report = reported(findings())
        assert report["members_enrolled"] == 3747
        assert report["members_participating"] == 3218
        assert report["participation_rate"] == 0.8588
        assert report["wishes_fulfilled"] == 3700
        assert report["attendances"] == 19800
        assert report["confirmed_minutes"] == 2_207_029
        assert report["rewards_issued"] == 10
        assert report["reward_total_yuan"] == 26_000
        assert report["verified"] is True

    def test_can_be_written_and_read(self) -> None:
        assert json.loads(json.dumps(reported(findings()))) == reported(findings())

    def test_differs_in_the_seconds_only_when_the_times_do(self) -> None:
        one, other = reported(findings()), reported(findings(), seconds={"grid": 9.0})
        assert {key for key in one if one[key] != other[key]} == {"seconds"}

    def test_counts_only_what_was_issued(self) -> None:
        found = findings()
        halted = replace(found.receipt, rewards=(reward(place=1), reward(place=2, issued=False)))
        assert reported(replace(found, receipt=halted))["rewards_issued"] == 1

    def test_shows_points_not_milli_points(self) -> None:
        report = json.dumps(reported(findings()))
        assert '"points": 42.13' in report
        assert "milli" not in report


class TestTables:
    def test_align_chinese_names(self) -> None:
        rows = [row for row in printed(findings()).splitlines() if "欧阳春梅" in row or "王伟" in row]
        widths = {cell_len(row) for row in rows if row.count("│") == 7}
        assert len(widths) == 1

    def test_say_the_computed_rate_and_what_the_source_prints(self) -> None:
        output = " ".join(printed(findings()).split())
        assert "3,218 of 3,747 = 85.9 %" in output
        assert "prints 84 % where its own counts" in output

    def test_say_what_is_assumed(self) -> None:
        output = printed(findings())
        for word in ("Number of streets: 9", "660", "3,700 are fulfilled", "secretaries", "8 January"):
            assert word in output

    def test_say_when_the_check_failed(self) -> None:
        assert "NOT verified" in printed(findings(), verified=False)
        assert "Verified" in printed(findings())

    def test_name_the_limit_that_cut_the_explained_entry(self) -> None:
        output = " ".join(printed(findings()).split())
        assert "for 131 confirmed minutes; the limit minutes-per-activity counts 120 of them" in output

    def test_show_minutes_as_hours(self) -> None:
        assert hours(1328) == "22:08"
        assert hours(59) == "0:59"
