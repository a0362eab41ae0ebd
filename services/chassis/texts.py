"""Texts for people, from a catalogue: a data file for each language, from keys to texts with placeholders.

    [import]
    missing_column = "文件缺少必填列“{column}”；表头为：{header}。"

is the text `import.missing_column`, which needs a `column` and a `header`.
"""

import string
import tomllib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final


class Language(StrEnum):
    CHINESE = "zh-CN"
    ENGLISH = "en"


LANGUAGE: Final = Language.CHINESE
"""Of people who have not said which they read."""

current_language: ContextVar[Language] = ContextVar("current_language", default=LANGUAGE)
"""Of whoever is being answered: the caller of an RPC, or the person at the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    texts: Mapping[Language, Mapping[str, str]]

    @classmethod
    def load(cls, folder: Path, /) -> "Catalogue":
        """Read `zh-CN.toml` and `en.toml` of a folder.

        Raises:
            OSError: One of them is not there.
            ValueError: One of them is not TOML.
        """
        return cls(texts={language: read_texts(folder, language) for language in Language})

    def text(self, key: str, /, **values: object) -> str:
        """Give a text in the language of whoever is being answered, with its placeholders filled in.

        Raises:
            KeyError: No text has this key, or a placeholder has no value; that is a defect of the program.
        """
        return self.texts[current_language.get()][key].format_map(values)


def read_texts(folder: Path, language: Language, /) -> dict[str, str]:
    """Read the file of one language: from keys, with a dot between table and name, to texts."""
    content = tomllib.loads((folder / f"{language}.toml").read_text(encoding="utf-8"))
    return dict(_flattened(content))


def placeholders(text: str, /) -> set[str]:
    """Name what a text needs."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def disagreements(catalogue: Catalogue, /) -> Iterator[str]:
    """Name each text that one language lacks or has with other placeholders; none if all is well."""
    chinese, english = (catalogue.texts[language] for language in Language)
    for key in sorted(chinese.keys() ^ english.keys()):
        yield f"{key}: not in {Language.ENGLISH if key in chinese else Language.CHINESE}"
    for key in sorted(chinese.keys() & english.keys()):
        if placeholders(chinese[key]) != placeholders(english[key]):
            yield f"{key}: the languages have different placeholders"


def _flattened(content: Mapping[str, Any], table: str = "") -> Iterator[tuple[str, str]]:
    for name, value in content.items():
        key = f"{table}.{name}" if table else name
        if isinstance(value, str):
            yield key, value
        else:
            yield from _flattened(value, key)
