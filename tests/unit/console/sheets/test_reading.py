from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from services.console.faults import FileRefused
from services.console.sheets.reading import read_file
from services.console.sheets.workbook import DIGITS_LOST


def csv_file(folder: Path, text: str, *, encoding: str = "utf-8") -> Path:
    path = folder / "a.csv"
    path.write_bytes(text.encode(encoding))
    return path


def workbook(folder: Path, **sheets: list[list[Any]]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = folder / "a.xlsx"
    book.save(path)
    return path


class TestACsvFile:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_has_cells_between_any_usual_delimiter(self, tmp_path: Path, delimiter: str) -> None:
        text = f'编号{delimiter}"姓名,;\t"\n1{delimiter}"张""伟\n二世"\n'
        sheet = read_file(csv_file(tmp_path, text))
        assert sheet.heading.cells == ["编号", "姓名,;\t"]
        assert [row.cells for row in sheet.rows] == [["1", '张"伟\n二世']]

    def test_numbers_rows_as_a_spreadsheet_does(self, tmp_path: Path) -> None:
        sheet = read_file(csv_file(tmp_path, '\n编号\n1\n,\n"a\nb"\n2\n'))
        assert (sheet.heading.number, [(row.number, row.cells) for row in sheet.rows]) == (
            2,
            [(3, ["1"]), (5, ["a\nb"]), (6, ["2"])],
        )
        assert sheet.rows_at_most >= 3

    def test_whose_quote_is_not_closed_names_where_it_begins(self, tmp_path: Path) -> None:
        sheet = read_file(csv_file(tmp_path, '编号,姓名\n1,张伟\n2,"李娜\n3,王芳\n'))
        with pytest.raises(FileRefused, match="从第 3 行开始"):
            list(sheet.rows)

    @pytest.mark.parametrize("text", ["", "\ufeff", "\n\n", " , \n"])
    def test_without_any_text_is_refused(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(FileRefused, match="空文件"):
            read_file(csv_file(tmp_path, text))

    def test_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(FileRefused, match=r"无法读取 .*none\.csv"):
            read_file(tmp_path / "none.csv")
        with pytest.raises(FileRefused, match="无法读取"):
            read_file(tmp_path)


class TestAWorkbook:
    def test_keeps_digits_and_dates_as_they_were_meant(self, tmp_path: Path) -> None:
        cells = [13800138000, "0071", 1.5, date(2025, 1, 31), datetime(2025, 1, 31, 8, 30), True, None, 0, -3]  # noqa: DTZ001 - as Excel has it
        sheet = read_file(workbook(tmp_path, 一=[["编号"], cells]))
        (row,) = sheet.rows
        assert row.cells == [
            "13800138000",
            "0071",
            "1.5",
            "2025-01-31",
            "2025-01-31 08:30:00",
            "1",
            "",
            "0",
            "-3",
        ]

    def test_does_not_guess_digits_that_excel_has_lost(self, tmp_path: Path) -> None:
        sheet = read_file(workbook(tmp_path, 一=[["编号"], [411602199001011234], [999999999999999]]))
        assert [row.cells for row in sheet.rows] == [[DIGITS_LOST], ["999999999999999"]]

    def test_is_read_from_the_sheet_that_is_named_else_the_first(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, 一=[["a"]], 二=[[], [None, "b"], [None, "c"]])
        assert read_file(path).heading.cells == ["a"]
        second = read_file(path, sheet="二")
        assert (second.heading.number, second.heading.cells) == (2, ["b"])
        assert [row.cells for row in second.rows] == [["c"]]
        with pytest.raises(FileRefused, match="没有工作表“三”；文件中有：一、二"):
            read_file(path, sheet="三")

    def test_that_is_damaged_is_refused(self, tmp_path: Path) -> None:
        path = workbook(tmp_path, 一=[["a"]])
        path.write_bytes(path.read_bytes()[:200])
        with pytest.raises(FileRefused, match="无法打开此 Excel 文件"):
            read_file(path)

    def test_without_any_text_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(FileRefused, match="空文件"):
            read_file(workbook(tmp_path, 一=[]))
