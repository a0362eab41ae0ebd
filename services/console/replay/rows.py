"""Reads the rows of a CSV file: each becomes a record, or is broken and says where and why."""

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from services.console.replay.faults import ColumnMissing, NotCsv, NotUtf8, RowBroken

Record = TypeVar("Record")
Fields = Mapping[str, str]
"""The row's text by column, without space around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRow:
    """A row that is left out of the year."""

    file: str
    line: int
    """Where the row begins; the header is line 1."""
    reason: str
    """What is wrong with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records(Generic[Record]):
    """What the rows of a file say; every row is in one of the two, in the order of the file."""

    taken: tuple[Record, ...]
    broken: tuple[BrokenRow, ...]


def read_records(
    *,
    file: str,
    content: bytes,
    columns: Collection[str],
    parse: Callable[[Fields], Record],
    key: Callable[[Record], str],
) -> Records[Record]:
    """Read every row; lines without any text are no rows.

    Args:
        file: Its name, for messages.
        content: UTF-8, with or without a byte order mark.
        columns: Those that it must have; others are ignored, and the order does not matter.
        parse: Makes the record of a row, or raises `RowBroken`.
        key: Names a record; of two with the same name the later one is broken.

    Raises:
        NotUtf8: Says in which line.
        NotCsv: The same.
        ColumnMissing: Says which.
    """
    taken: list[Record] = []
    broken: list[BrokenRow] = []
    first_lines: dict[str, int] = {}
    lines = _lines(file, content)
    header = next(lines, (1, []))[1]
    _refuse_missing(file, columns=columns, header=header)

    def take(line: int, values: list[str]) -> Record:
        record = parse(_fields(header, values))
        first = first_lines.setdefault(key(record), line)
        if first != line:
            raise RowBroken(f"{key(record)} stands in line {first} already")
        return record

    for line, values in lines:
        try:
            taken.append(take(line, values))
        except RowBroken as error:
            broken.append(BrokenRow(file=file, line=line, reason=error.message))
    return Records(taken=tuple(taken), broken=tuple(broken))


def _lines(file: str, content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Give each row with the line in which it begins."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotUtf8(f"{file} is not UTF-8, in line {line}; save it as UTF-8.", line=line) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        for values in reader:
            if any(value.strip() for value in values):
                yield begins, [value.strip() for value in values]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise NotCsv(f"{file} is not CSV from line {begins} on: {error}.", line=begins) from error


def _refuse_missing(file: str, *, columns: Collection[str], header: list[str]) -> None:
    missing = [column for column in columns if column not in header]
    if missing:
        raise ColumnMissing(f"{file} lacks the column {', '.join(missing)}.", columns=", ".join(missing))
    twice = [column for column in columns if header.count(column) > 1]
    if twice:
        raise ColumnMissing(f"{file} has the column {', '.join(twice)} twice.", columns=", ".join(twice))


def _fields(header: list[str], values: list[str]) -> Fields:
    if len(values) != len(header):
        raise RowBroken(f"{len(values)} fields instead of {len(header)}")
    return dict(zip(header, values, strict=True))
