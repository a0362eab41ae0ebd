"""Reads the rows of a file that people made, CSV or Excel, one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.console.faults import FileRefused
from services.console.sheets.encoding import find_encoding
from services.console.sheets.formulas import as_meant
from services.console.sheets.separated import read_separated
from services.console.sheets.workbook import is_workbook, open_sheet, read_sheet
from services.console.wording import say

FILE_BYTES_MAX: Final = 256 * 1024 * 1024
ROWS_MAX: Final = 1_100_000
"""Somewhat more than an Excel sheet has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    number: int
    """As a spreadsheet numbers it: the heading is usually row 1."""
    cells: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A file that can be read; the rows are read while they are used."""

    heading: Row
    rows: Iterator[Row]
    """Below the heading, those without any text left out."""
    rows_at_most: int
    """How many rows may come."""


def read_file(path: Path, /, *, sheet: str | None = None) -> Sheet:
    """Open a file and read its heading.

    Args:
        path: CSV (UTF-8 or GB18030; comma, semicolon or tab) or Excel; what it is shows in its first bytes.
        sheet: Of a workbook. Default: the first.

    Raises:
        FileRefused: It cannot be read, is empty, or is broken; while rows are read: a row is.
    """
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise FileRefused(say("sheet.too_large", mebibytes=FILE_BYTES_MAX // 1024**2))
        if is_workbook(path):
            opened = open_sheet(path, sheet=sheet)
            total, rows = opened.total_height, read_sheet(opened)
        else:
            written = find_encoding(path)
            total, rows = written.lines, read_separated(path, written=written)
    except OSError as error:
        raise FileRefused(say("sheet.unreadable", file=path, why=error.strerror or error)) from None
    filled = _filled(rows)
    heading = next(filled, None)
    if heading is None:
        raise FileRefused(say("sheet.empty", file=path))
    return Sheet(heading=heading, rows=filled, rows_at_most=max(total - heading.number, 0))


def _filled(rows: Iterator[list[str]]) -> Iterator[Row]:
    for number, cells in enumerate(rows, start=1):
        if number > ROWS_MAX:
            raise FileRefused(say("sheet.too_many_rows", rows_max=ROWS_MAX))
        if any(cell.strip() for cell in cells):
            yield Row(number=number, cells=[as_meant(cell) for cell in cells])
