"""Which column of a file is which: headings in Chinese or English, as people write them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.chassis.texts import Language, current_language
from services.console.faults import FileRefused
from services.console.sheets.reading import Row
from services.console.wording import listed, say

_REMARK: Final = re.compile(r"[(（](?:必填|选填|required|optional)[)）]|[*＊]")
_OF_A_SYSTEM: Final = re.compile(r"(?P<name>[^:(]+)(?::(?P<after>.+)|\((?P<inside>.+)\))\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    key: str
    """The English name, by which programs know it."""
    chinese: str
    """The Chinese name, which exports write."""
    also: tuple[str, ...] = ()
    """Other headings that mean it."""
    is_required: bool = False
    of_systems: bool = False
    """There is one for each other system that has a name for the record: `external_id:hr`, 外部编号(hr)."""

    def heading(self, system: str = "") -> str:
        """Name it in the language of the person."""
        if current_language.get() is Language.ENGLISH:
            return f"{self.key}:{system}" if system else self.key
        return f"{self.chinese}({system})" if system else self.chinese

    def is_meant_by(self, name: str, /) -> bool:
        return name in {_plain(each) for each in (self.key, self.chinese, *self.also)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """The heading of a file, understood."""

    headings: Mapping[str, str]
    """From the key of a column, with `:system` where it is of one, to what the file calls it."""
    places: Mapping[str, int]
    """From the same keys to the place in a row."""
    ignored: Sequence[str] = field(default=())
    """Headings that mean nothing here."""

    def values(self, row: Row, /) -> dict[str, str]:
        """Give what a row states by the keys of its columns, without space around it; no empty cells."""
        found = {key: _cell(row, place) for key, place in self.places.items()}
        return {key: text for key, text in found.items() if text}


def map_columns(
    heading: Row, columns: Sequence[Column], /, *, silently: frozenset[str] = frozenset()
) -> Mapped:
    """Find the columns of a file.

    Args:
        heading: The first row that has text.
        columns: That the file may have, in any order.
        silently: Headings that are ignored without a word.

    Raises:
        FileRefused: A required column is missing, or two have one meaning.
    """
    headings: dict[str, str] = {}
    places: dict[str, int] = {}
    ignored: list[str] = []
    for place, text in enumerate(cell.strip() for cell in heading.cells):
        key = _key(text, columns)
        if key is None:
            if text and text not in silently:
                ignored.append(text)
        elif key in places:
            raise FileRefused(say("sheet.column_twice", first=headings[key], second=text))
        else:
            headings[key], places[key] = text, place
    missing = [each.heading() for each in columns if each.is_required and each.key not in places]
    if missing:
        found = listed(text.strip() for text in heading.cells if text.strip())
        raise FileRefused(
            say("sheet.column_missing", columns=listed(missing), row=heading.number, found=found)
        )
    return Mapped(headings=headings, places=places, ignored=ignored)


def _key(text: str, columns: Sequence[Column]) -> str | None:
    of_a_system = _OF_A_SYSTEM.fullmatch(unicodedata.normalize("NFKC", text))
    for column in columns:
        if not column.of_systems and column.is_meant_by(_plain(text)):
            return column.key
        if column.of_systems and of_a_system and column.is_meant_by(_plain(of_a_system["name"])):
            system = of_a_system["after"] or of_a_system["inside"]
            return f"{column.key}:{system.strip().casefold()}"
    return None


def _plain(text: str) -> str:
    """Leave out what makes no difference: case, width, spaces, and remarks that a cell is required."""
    narrow = unicodedata.normalize("NFKC", _REMARK.sub("", text)).casefold()
    return re.sub(r"[\s_]+", "", narrow)


def _cell(row: Row, place: int) -> str:
    return row.cells[place].strip() if place < len(row.cells) else ""
