"""The foundation's journeys with three services and two workers each, as separate processes."""

from pathlib import Path

from tests.journeys.linli import as_json, linli
from tests.journeys.processes import processes
from tests.journeys.test_demo import SMALL, without_times


def test_the_demo_prints_the_same_through_separate_processes(
    tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    here = without_times(as_json(linli(*SMALL)))
    with processes(tmp_path, database_url=postgres_url, redis_url=redis_url) as district:
        there = without_times(as_json(linli(*SMALL, extra=district.settings)))
    assert there == here
