import re
from pathlib import Path
from string import ascii_letters

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from services.console.sheets.formulas import as_meant, neutralised
from services.console.sheets.reading import read_file
from services.console.sheets.writing import writing

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")
SHOWN = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]) | st.sampled_from("=+-@'\""),
    max_size=20,
)
"""What a cell of Excel can hold, without ends of lines."""
ANYTHING = SHOWN | st.text(st.sampled_from("=+-@'\t\r\n ,;\"" + ascii_letters), max_size=8)


@pytest.mark.parametrize("beginning", DANGEROUS)
@pytest.mark.parametrize("quoted", ["", "'", "''"])
def test_what_looks_like_a_formula_begins_with_an_apostrophe(beginning: str, quoted: str) -> None:
    text = f"{quoted}{beginning}1+1"
    assert neutralised(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "张伟", "1+1", "'quoted'", "a=b", " =1", "-7", "-1.250"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert neutralised(text) == as_meant(text) == text


@given(text=ANYTHING)
def test_nothing_is_left_that_begins_a_formula_and_reading_gives_back_what_was_written(text: str) -> None:
    assert not neutralised(text).startswith(DANGEROUS) or NUMBER.fullmatch(text)
    assert as_meant(neutralised(text)) == text


@given(
    rows=st.lists(st.tuples(ANYTHING, ANYTHING), max_size=5), encoding=st.sampled_from(["utf-8", "gb18030"])
)
@settings(max_examples=50)
def test_a_csv_file_gives_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], encoding: str
) -> None:
    assert round_trip(tmp_path_factory.getbasetemp() / "a.csv", rows, encoding=encoding) == kept(rows)


@given(rows=st.lists(st.tuples(SHOWN, SHOWN), max_size=5))
@settings(max_examples=30)
def test_an_excel_file_gives_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    assert round_trip(tmp_path_factory.getbasetemp() / "a.xlsx", rows) == kept(rows)


def test_an_excel_file_has_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    round_trip(path, [("=1+1", "#N/A")])
    cells = [cell for row in load_workbook(path).active or () for cell in row]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells[2:]] == ["'=1+1", "#N/A"]


def kept(rows: list[tuple[str, str]]) -> list[list[str]]:
    """Leave out rows without any text, as reading does."""
    return [list(row) for row in rows if any(cell.strip() for cell in row)]


def round_trip(path: Path, rows: list[tuple[str, str]], *, encoding: str = "utf-8") -> list[list[str]]:
    with writing(path, heading=["编号", "姓名"], encoding=encoding) as file:
        for row in rows:
            file.write(row)
    return [row.cells for row in read_file(path).rows]
