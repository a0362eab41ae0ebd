"""What the command line says to people: texts from the catalogue, in the language of the settings."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from services.chassis.texts import Catalogue


def say(key: str, /, **values: object) -> str:
    """Give a text of the command line.

    Raises:
        KeyError: It has no such text, or a placeholder has no value; that is a defect of the program.
    """
    return catalogue().text(key, **values)


def listed(words: Iterable[str], /) -> str:
    """Put words one after the other, with the sign that the language has between them."""
    return say("list.between").join(words)


@cache
def catalogue() -> Catalogue:
    return Catalogue.load(Path(__file__).resolve().parent / "texts")
