"""What an export writes: a heading and rows that are read from the server while they are written."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from services.console.sheets.writing import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    heading: Sequence[str]
    rows: AsyncIterator[Sequence[Cell]]
    rows_about: int = 0
    """How many rows there are about; 0 if nobody knows before the end."""
    widths: Sequence[int] = ()
    """Of the columns in Latin letters, where more than the heading needs."""
