"""A district served by a real `linli serve`, with a grid and work units that came from files."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.files.district import District, lines
from tests.journeys.linli import served

GRID = (
    "编码,名称,层级,上级编码,日期",
    "D1,川汇区,区,,2024-01-01",
    "S1,七一路街道,街道,D1,2024-01-01",
    "C1,幸福社区,社区,S1,2024-01-01",
)
UNITS = ("单位编码,单位名称,类别,上级单位编码", "U1,区教育局,机关,", "U2,第一中学,学校,U1")


@pytest.fixture
def district(tmp_path: Path) -> Iterator[District]:
    with served(tmp_path / "data") as server:
        district = District(folder=tmp_path, data=server.folder)
        assert district.bring("nodes", lines(*GRID))["created"] == 3
        assert district.bring("units", lines(*UNITS))["created"] == 2
        yield district
