"""The benchmarks run: what they measure is nobody's business here."""

import json
import subprocess
import sys

import pytest

from tests.benchmarks.__main__ import ROWS
from tests.journeys.linli import ROOT, SECONDS_MAX, environment

QUICK = ("P1", "P2", "P3")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", *arguments],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


def smoked(*rows: str) -> set[str]:
    """Measure rows in a short form; gives those that figures came of."""
    done = run("--smoke", "--json", "--only", ",".join(rows))
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert all(figure["least"] > 0 for figure in figures), figures
    return {figure["row"] for figure in figures}


class TestBenchmarks:
    @pytest.mark.slow
    def test_run_for_the_quick_rows(self) -> None:
        assert smoked(*QUICK) == set(QUICK)

    @pytest.mark.slow
    def test_run_for_the_others(self) -> None:
        others = ROWS.keys() - set(QUICK)
        assert smoked(*others) == others

    def test_name_the_rows_there_are_when_asked_for_another(self) -> None:
        done = run("--only", "P99")
        assert done.returncode != 0
        assert "P99" in done.stderr
        assert "P11" in done.stderr
