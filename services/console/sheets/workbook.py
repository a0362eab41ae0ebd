"""The rows of a sheet of an Excel workbook."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final, TypeAlias

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from services.console.faults import FileRefused
from services.console.wording import listed, say

MARKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How a workbook begins: `.xlsx`, and the older `.xls`."""
DIGITS_MAX: Final = 15
"""Of a number that Excel keeps whole."""
DIGITS_LOST: Final = "\ufffd"
"""Stands in a cell for a number that Excel has rounded: nobody can tell any more what it was."""

Cell: TypeAlias = str | float | bool | date | time | datetime | timedelta


def is_workbook(path: Path, /) -> bool:
    with path.open("rb") as file:
        return file.read(4) in MARKS


def open_sheet(path: Path, /, *, sheet: str | None) -> CalamineSheet:
    """Open a sheet by its name, else the first one that is not hidden.

    Raises:
        FileRefused: It is no workbook, is protected by a password, or has no such sheet.
    """
    try:
        workbook = CalamineWorkbook.from_path(path)
        shown = [each.name for each in workbook.sheets_metadata if each.visible is SheetVisibleEnum.Visible]
        name = sheet or next(iter(shown), "")
        if name not in workbook.sheet_names:
            raise FileRefused(say("sheet.no_such_sheet", sheet=name, sheets=listed(workbook.sheet_names)))
        return workbook.get_sheet_by_name(name)
    except CalamineError:
        raise FileRefused(say("sheet.not_a_workbook")) from None


def read_sheet(sheet: CalamineSheet, /) -> Iterator[list[str]]:
    """Give each row from the first, the empty ones too, its cells as text from the first used column."""
    for row in sheet.iter_rows():
        yield [as_text(cell) for cell in row]


def as_text(cell: Cell, /) -> str:
    """Write a cell as it was meant: numbers that are codes or phones with all digits, dates as dates."""
    match cell:
        case bool():
            return "1" if cell else "0"
        case float() | int():
            return _digits(float(cell))
        case datetime():
            is_day = cell.time() == time()
            return cell.date().isoformat() if is_day else cell.isoformat(sep=" ", timespec="seconds")
        case date() | time():
            return cell.isoformat()
        case _:
            return str(cell)


def _digits(number: float) -> str:
    if not number.is_integer():
        return repr(number)
    whole = str(int(number))
    return whole if len(whole.lstrip("-")) <= DIGITS_MAX else DIGITS_LOST
