"""In which encoding a CSV file is written. A file is never read with some characters guessed."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.console.faults import FileRefused
from services.console.wording import say

UTF_8: Final = "utf-8-sig"
"""With or without the mark at its beginning that Excel writes."""
GB18030: Final = "gb18030"
LINE_BYTES_MAX: Final = 1024 * 1024

_UTF_16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CHINESE_FROM: Final = "\u2e80"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    encoding: str
    lines: int
    """How many lines the file has; a row with a break inside a cell has several."""


def find_encoding(path: Path, /) -> Written:
    """Read the whole file once, piece by piece, and say how it is written.

    It is UTF-8 if it begins with the mark or can be read so; else GB18030, as Excel in China writes it, if it
    can be read as that. But a text that has Chinese in UTF-8 and then breaks is a damaged UTF-8 file, though
    its bytes may mean something as GB18030 too.

    Raises:
        FileRefused: It is neither; names the line.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        mark = file.read(len(codecs.BOM_UTF8))
    if mark.startswith(_UTF_16_MARKS):
        raise FileRefused(say("sheet.utf_16"))
    utf_8 = _read(path, UTF_8)
    if not utf_8.broken_line:
        return Written(encoding=UTF_8, lines=utf_8.lines)
    if mark != codecs.BOM_UTF8 and not utf_8.has_chinese:
        gb18030 = _read(path, GB18030)
        if not gb18030.broken_line:
            return Written(encoding=GB18030, lines=gb18030.lines)
        raise FileRefused(say("sheet.neither_encoding", line=gb18030.broken_line))
    raise FileRefused(say("sheet.broken_encoding", line=utf_8.broken_line))


@dataclass(slots=True, kw_only=True)
class _Trial:
    lines: int = 0
    has_chinese: bool = False
    broken_line: int = 0
    """0: none."""


def _read(path: Path, encoding: str) -> _Trial:
    decoder = codecs.getincrementaldecoder(encoding)()
    trial = _Trial()
    try:
        for line in _lines(path):
            trial.lines += 1
            text = decoder.decode(line)
            trial.has_chinese = trial.has_chinese or (bool(text) and max(text) >= _CHINESE_FROM)
            if "\0" in text:
                raise FileRefused(say("sheet.not_text", line=trial.lines))
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        sound = bytes(error.object[: error.start]).decode(encoding, errors="ignore")
        trial.has_chinese = trial.has_chinese or any(character >= _CHINESE_FROM for character in sound)
        trial.broken_line = max(trial.lines, 1)
    return trial


def _lines(path: Path) -> Iterator[bytes]:
    # No byte of a longer character is a line feed, in either encoding.
    with path.open("rb") as file:
        while line := file.readline(LINE_BYTES_MAX):
            yield line
