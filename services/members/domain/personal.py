"""What is personal about a member. It is kept apart, and stands in no fact, log or refusal."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from services.chassis.faults import InvalidField

UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories: controls and formats (zero width, direction), halves of pairs, private and unassigned
characters, and ends of lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalDetails:
    """Who a member is. Shown as nothing, so that no log or message can tell it."""

    name: str = field(repr=False)
    sort_name: str = field(default="", repr=False)
    """By which names are ordered; empty: made of the name when it is kept."""
    phone: str = field(default="", repr=False)
    """E.164; empty: none."""
    external_ids: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """By the system that gave them; unique there."""


def cleaned(text: str, /, *, field: str) -> str:
    """Bring a name into the form in which it is kept and compared: NFC, no space around it.

    Raises:
        InvalidField: It has a character that nobody can see, or none that anybody can.
    """
    whole = unicodedata.normalize("NFC", text.strip())
    if any(unicodedata.category(character) in UNPRINTABLE for character in whole):
        raise InvalidField("Leave out control characters and those of no width.", field=field)
    if not whole:
        raise InvalidField("State at least one character that is no space.", field=field)
    return whole
