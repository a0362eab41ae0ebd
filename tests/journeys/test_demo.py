"""The main job: a district's year becomes points, a leaderboard and a reward list."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.linli import as_json, linli

SMALL = ("demo", "--json", "--scale", "0.05", "--seed", "3")
STORES_ELSEWHERE = ("members", "events", "points")


def without_times(printed: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in printed.items() if key != "seconds"}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A small year in a folder of its own."""
    return as_json(linli(*SMALL, "--keep", str(tmp_path_factory.mktemp("small"))))


class TestTheDemo:
    def test_ends_with_everything_verified(self, small: dict[str, Any]) -> None:
        assert small["verified"] is True

    def test_counts_what_it_generated(self, small: dict[str, Any]) -> None:
        assert small["members_enrolled"] == 187
        assert small["members_participating"] == 161
        assert small["participation_rate"] == 0.861
        assert small["wishes_fulfilled"] == 185
        assert small["rewards_issued"] == 10
        assert small["reward_total_yuan"] == 26_000

    def test_again_elsewhere_prints_the_same_but_for_the_times(self, small: dict[str, Any]) -> None:
        again = as_json(linli(*SMALL))
        assert without_times(again) == without_times(small)

    def test_again_in_the_same_folder_adds_nothing(self, tmp_path: Path, small: dict[str, Any]) -> None:
        first = as_json(linli(*SMALL, "--keep", str(tmp_path)))
        second = as_json(linli(*SMALL, "--keep", str(tmp_path)))
        assert without_times(first) == without_times(second) == without_times(small)

    def test_over_postgresql_and_valkey_prints_the_same(
        self, tmp_path: Path, small: dict[str, Any], postgres_url: str, redis_url: str
    ) -> None:
        urls = {f"LINLI_{service.upper()}_DATABASE_URL": postgres_url for service in STORES_ELSEWHERE}
        elsewhere = linli(*SMALL, "--keep", str(tmp_path), extra={**urls, "LINLI_REDIS_URL": redis_url})
        assert without_times(as_json(elsewhere)) == without_times(small)

    def test_refuses_a_folder_that_holds_another_year(self, tmp_path: Path) -> None:
        folder = ("--scale", "0.01", "--keep", str(tmp_path))
        assert linli("demo", "--json", *folder, "--seed", "3").returncode == 0
        other = linli("demo", "--json", *folder, "--seed", "4")
        assert other.returncode == 1
        assert "another district" in other.stderr
        assert "Traceback" not in other.stderr

    def test_shows_a_person_names_in_chinese_and_no_ids(self) -> None:
        shown = linli("demo", "--scale", "0.01", "--seed", "3")
        assert shown.returncode == 0, shown.stderr
        assert "全区十佳" in shown.stdout
        assert "Verified" in shown.stdout


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_year_at_true_scale() -> None:
    printed = as_json(linli("demo", "--json", seconds_max=280))
    assert printed["members_enrolled"] == 3747
    assert printed["members_participating"] == 3218
    assert printed["participation_rate"] == 0.8588
    assert printed["wishes_fulfilled"] == 3700
    assert printed["rewards_issued"] == 10
    assert printed["verified"] is True
