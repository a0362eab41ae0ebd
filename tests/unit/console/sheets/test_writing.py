from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from services.console.sheets.writing import writing

ROW = ("=1+1", "王伟", 90, Decimal("-0.500"))


@pytest.fixture
def cells(tmp_path: Path) -> list[object]:
    """What a workbook has of a row."""
    path = tmp_path / "some.xlsx"
    with writing(path, heading=("a", "b", "c", "d")) as rows:
        rows.write(ROW)
    sheet = load_workbook(path).worksheets[0]
    return [cell.value for cell in sheet[2]]


class TestAWorkbook:
    def test_has_numbers_that_can_be_summed(self, cells: list[object]) -> None:
        assert cells[2:] == [90, -0.5]

    def test_has_texts_that_are_no_formulas(self, cells: list[object]) -> None:
        assert cells[:2] == ["'=1+1", "王伟"]


class TestAFileOfCommas:
    def test_has_the_same_row(self, tmp_path: Path) -> None:
        path = tmp_path / "some.csv"
        with writing(path, heading=("a", "b", "c", "d")) as rows:
            rows.write(ROW)
        assert path.read_text("utf-8-sig").splitlines() == ["a,b,c,d", "'=1+1,王伟,90,-0.500"]
