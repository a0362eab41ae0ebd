"""The text by which a name is ordered: its pinyin, syllable by syllable: 王伟 stands at `wang wei`.

The readings of characters are the library's (pypinyin, MIT), those of surnames our own. Its dictionary of
phrases is not loaded: names are no phrases, and it would take 44 MiB more.
"""

import os
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Final, cast

from services.members.domain.surnames import family_reading

SORT_NAME_CHARACTERS_MAX: Final = 200
CHARACTERS_KEPT_MAX: Final = 4_096
"""Names are made of few characters, and looking one up in the library takes several µs."""


def sort_name_of(name: str, /) -> str:
    """Make the sort name of a name: toneless pinyin, small letters, words by single spaces; never empty."""
    family, rest = family_reading(name)
    words = "".join([family, " ", *map(_read, rest)]).casefold()
    spelt = "".join(character if character.isalnum() else " " for character in words)
    return " ".join(spelt.split())[:SORT_NAME_CHARACTERS_MAX] or name.casefold()


@lru_cache(maxsize=CHARACTERS_KEPT_MAX)
def _read(character: str) -> str:
    """Read a character: a syllable by itself, or the character if it has no reading."""
    (reading,) = _library()(character)
    return character if reading == character else f" {reading} "


@lru_cache(maxsize=1)
def _library() -> Callable[[str], list[str]]:
    """Load the library when the first name comes: 13 MiB and 40 ms that a process at rest does without."""
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    return cast("Callable[[str], list[str]]", import_module("pypinyin").lazy_pinyin)
