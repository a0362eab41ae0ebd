"""The words by which people name types and levels in a file, and the numbers of the contract for them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.chassis.texts import Language, current_language
from services.console.wording import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words for the values of one enum."""

    enum: Any
    prefix: str
    """Of the names in the contract, which files leave out."""
    chinese: Mapping[str, str]
    """From a name without the prefix to the word that exports write."""
    also: Mapping[str, str]
    """From other words that people write to names without the prefix."""

    def known(self) -> dict[str, int]:
        """Give every word that is understood, in small letters, with its number."""
        return {word.casefold(): self._number(name) for word, name in self._pairs()}

    def shown(self) -> str:
        """Name the words that are right, for whoever wrote another."""
        return listed(self._word(name) for name in self.chinese)

    def word(self, number: int) -> str:
        """Say a value as an export writes it, in the language of the person; empty if it is not set."""
        return self._word(self.enum.Name(number).removeprefix(self.prefix)) if number else ""

    def _word(self, name: str) -> str:
        return name.lower() if current_language.get() is Language.ENGLISH else self.chinese[name]

    def _number(self, name: str) -> int:
        return int(self.enum.Value(f"{self.prefix}{name}"))

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for name, word in self.chinese.items():
            yield from (
                (word, name),
                (name, name),
                (name.replace("_", "-"), name),
                (f"{self.prefix}{name}", name),
            )
        yield from self.also.items()
