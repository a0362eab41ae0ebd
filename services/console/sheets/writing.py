"""Writes rows into a CSV or Excel file that appears under its name only when all of it is there."""

import csv
import os
import tempfile
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeAlias

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from services.console.faults import FileRefused
from services.console.sheets.formulas import neutralised
from services.console.wording import say

CSV: Final = ".csv"
XLSX: Final = ".xlsx"
ENCODINGS: Final = {"utf-8": "utf-8-sig", "gb18030": "gb18030"}
"""Of a CSV file; with the mark by which Excel knows UTF-8."""
ROWS_MAX: Final = 1_048_576
"""Of a sheet, the heading included."""
WIDTH_MIN: Final = 8
WIDTH_MAX: Final = 48


Cell: TypeAlias = str | int | Decimal
"""A text, or a number that can be summed."""


class Rows(ABC):
    @abstractmethod
    def write(self, cells: Sequence[Cell]) -> None:
        """Add a row."""


@contextmanager
def writing(
    path: Path, /, *, heading: Sequence[str], widths: Sequence[int] = (), encoding: str = "utf-8"
) -> Iterator[Rows]:
    """Write a file for its owner only; an older one of that name is there until all of the new one is.

    Args:
        path: Ends in `.csv` or `.xlsx`.
        heading: The first row.
        widths: Of the columns, in Latin letters. Default: as their headings need.
        encoding: Of a CSV file.

    Raises:
        FileRefused: The name ends otherwise, there is no such folder, or a sheet has no room for the rows.
    """
    kind = path.suffix.lower()
    if kind not in {CSV, XLSX}:
        raise FileRefused(say("sheet.unknown_kind", file=path))
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".unfinished", dir=path.parent)
    except OSError as error:
        raise FileRefused(say("sheet.unwritable", file=path, why=error.strerror or error)) from None
    os.close(number)
    draft = Path(name)
    try:
        into = _separated(draft, ENCODINGS[encoding]) if kind == CSV else _workbook(draft, heading, widths)
        with into as rows:
            rows.write(heading)
            yield rows
        draft.replace(path)
    except OSError as error:
        raise FileRefused(say("sheet.unwritable", file=path, why=error.strerror or error)) from None
    finally:
        draft.unlink(missing_ok=True)


def width_of(text: str, /) -> int:
    """Say how wide a text is shown, in Latin letters: a Chinese character is two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


class _Separated(Rows):
    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def write(self, cells: Sequence[Cell]) -> None:
        self._writer.writerow([neutralised(cell) if isinstance(cell, str) else cell for cell in cells])


@contextmanager
def _separated(draft: Path, encoding: str) -> Iterator[Rows]:
    with draft.open("w", encoding=encoding, newline="") as file:
        yield _Separated(csv.writer(file))


class _Sheet(Rows):
    def __init__(self, sheet: Any) -> None:
        self._sheet = sheet
        self._written = 0

    def write(self, cells: Sequence[Cell]) -> None:
        self._written += 1
        if self._written > ROWS_MAX:
            raise FileRefused(say("sheet.too_many_rows", rows_max=ROWS_MAX))
        made = []
        for value in cells:
            if not isinstance(value, str):
                made.append(WriteOnlyCell(self._sheet, value=value))  # type: ignore[arg-type] # the stubs know no Decimal
                continue
            cell = WriteOnlyCell(self._sheet, value=neutralised(value))
            cell.data_type = "s"  # else openpyxl takes what looks like a formula or an error for one
            made.append(cell)
        self._sheet.append(made)


@contextmanager
def _workbook(draft: Path, heading: Sequence[str], widths: Sequence[int]) -> Iterator[Rows]:
    workbook = Workbook(write_only=True)
    sheet: Any = workbook.create_sheet()
    for place, text in enumerate(heading):
        wide = max(width_of(text) + 2, widths[place] if place < len(widths) else 0, WIDTH_MIN)
        sheet.column_dimensions[get_column_letter(place + 1)].width = min(wide, WIDTH_MAX)
    sheet.freeze_panes = "A2"
    yield _Sheet(sheet)
    workbook.save(draft)
