"""The rows of a CSV file."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.console.faults import FileRefused
from services.console.sheets.encoding import Written
from services.console.wording import say

DELIMITERS: Final = ",;\t"
_QUOTED: Final = '"'


def read_separated(path: Path, /, *, written: Written) -> Iterator[list[str]]:
    """Give each row, the empty ones too; the heading says which delimiter it is.

    Raises:
        FileRefused: A quote is not closed, or a cell is as large as no cell is.
    """
    with path.open(encoding=written.encoding, newline="") as file:
        delimiter = _delimiter(file.readline())
        file.seek(0)
        rows = csv.reader(file, delimiter=delimiter, strict=True)
        while True:
            begins_at = rows.line_num + 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error:
                raise FileRefused(say("sheet.broken_row", line=begins_at)) from None
            yield row


def _delimiter(heading: str) -> str:
    outside = "".join(heading.split(_QUOTED)[::2])
    return max(DELIMITERS, key=outside.count)
