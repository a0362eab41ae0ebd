"""Reads what a row states, cell by cell, and collects all that is wrong with it."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.moments import timestamp
from services.console.sheets.workbook import DIGITS_LOST
from services.console.wording import say

CODE_CHARACTERS_MAX: Final = 64
NAME_CHARACTERS_MAX: Final = 100

_CODE: Final = re.compile(r"[!-~]+")
_DAY: Final = re.compile(
    r"(?P<year>\d{4})(?:[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?|(?P<together>\d{4}))"
    r"(?:[ T]0?0:00(?::00)?)?"
)
_UNSEEN: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_SYSTEM: Final = re.compile(r"[a-z0-9_-]{1,32}")
_BETWEEN_CODES: Final = re.compile(r"[\s、]+")
_SEPARATORS: Final = re.compile(r"[、，,；;|]")
_WORDS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("是", "yes", "y", "true", "1", "√"), True),
    **dict.fromkeys(("否", "no", "n", "false", "0", "×"), False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a row."""

    columns: tuple[str, ...]
    """Keys of the columns it is about; none: the whole row."""
    text: str
    """What is wrong and what to do, for a person."""
    reason: str
    """For programs."""


@dataclass(slots=True, kw_only=True)
class Stated:
    """What one row states, by the keys of columns. Reading a cell that makes no sense adds a problem."""

    values: Mapping[str, str]
    zone: ZoneInfo
    """In which days begin."""
    today: date
    problems: list[Problem] = field(default_factory=list)

    def code(self, key: str, *, required: bool = False) -> str:
        """Read a code: letters, digits and signs, no spaces."""
        text = self.values.get(key, "")
        if required and not text:
            self._blame(key, "CELL_EMPTY", say("cell.empty"))
        return self._as_code(key, text)

    def _as_code(self, key: str, text: str) -> str:
        self._refuse_unfit(key, text, characters_max=CODE_CHARACTERS_MAX)
        if text and not _CODE.fullmatch(text) and DIGITS_LOST not in text:
            self._blame(key, "CODE_MALFORMED", say("cell.code_malformed"))
        return text

    def name(self, key: str) -> str:
        return self.text(key, characters_max=NAME_CHARACTERS_MAX, required=True)

    def text(self, key: str, *, characters_max: int, required: bool = False) -> str:
        text = self.values.get(key, "")
        if required and not text:
            self._blame(key, "CELL_EMPTY", say("cell.empty"))
        self._refuse_unfit(key, text, characters_max=characters_max)
        return text

    def _refuse_unfit(self, key: str, text: str, *, characters_max: int) -> None:
        if len(text) > characters_max:
            self._blame(key, "TEXT_TOO_LONG", say("cell.too_long", characters_max=characters_max))
        if DIGITS_LOST in text:
            self._blame(key, "DIGITS_LOST", say("cell.digits_lost"))
        elif any(unicodedata.category(character) in _UNSEEN for character in text):
            self._blame(key, "TEXT_UNPRINTABLE", say("cell.unprintable"))

    def word(self, key: str, words: Mapping[str, int], *, shown: str, required: bool = False) -> int:
        """Read one of a list of words; 0 if the cell is empty.

        Args:
            key: Of the column.
            words: From what people write, in small letters, to the number that the API has for it.
            shown: The words that are right, for whoever wrote another.
            required: The cell may not be empty.
        """
        text = self.text(key, characters_max=NAME_CHARACTERS_MAX, required=required)
        number = words.get(text.casefold(), 0)
        if text and not number:
            self._blame(key, "WORD_UNKNOWN", say("cell.word_unknown", word=text[:20], words=shown))
        return number

    def yes_or_no(self, key: str) -> bool | None:
        """Read 是 or 否; None if the cell is empty."""
        text = self.values.get(key, "").casefold()
        answer = _WORDS.get(text)
        if text and answer is None:
            self._blame(key, "WORD_UNKNOWN", say("cell.yes_or_no"))
        return answer

    def codes(self, key: str) -> list[str]:
        """Read several codes, each once; between them commas, semicolons or 、."""
        found = [each.strip() for each in _SEPARATORS.split(self.values.get(key, "")) if each.strip()]
        return list(dict.fromkeys(found))

    def by_system(self, key: str) -> Iterator[tuple[str, str]]:
        """Read what other systems call it: pairs of system and code, several in a cell with spaces."""
        for each, text in sorted(self.values.items()):
            column, _, system = each.partition(":")
            if column != key or not system:
                continue
            if not _SYSTEM.fullmatch(system):
                self._blame(each, "SYSTEM_MALFORMED", say("cell.system_malformed"))
            for code in _BETWEEN_CODES.split(text):
                yield system, self._as_code(each, code)

    def day(self, key: str) -> Timestamp | None:
        """Read a date, which means the beginning of that day; None if the cell is empty."""
        text = self.values.get(key, "")
        if not text:
            return None
        day = _day(text)
        if day is None:
            self._blame(key, "DATE_MALFORMED", say("cell.date_malformed"))
        elif day > self.today:
            self._blame(key, "DATE_IN_FUTURE", say("cell.date_in_future"))
        else:
            return timestamp(datetime.combine(day, time(), tzinfo=self.zone))
        return None

    def _blame(self, key: str, reason: str, text: str) -> None:
        self.problems.append(Problem(columns=(key,), text=text, reason=reason))


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    if not found:
        return None
    together = found["together"] or ""
    month, day = (together[:2], together[2:]) if together else (found["month"], found["day"])
    try:
        return date(int(found["year"]), int(month), int(day))
    except ValueError:
        return None
