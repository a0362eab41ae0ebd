"""What a refusal says to a person, in the language of the caller.

The faults themselves speak English. Their Chinese texts lie by reason beside the table of their codes: those
of the chassis in `rpc/texts`, those of a service in its `api/texts`.
"""

from functools import cache
from pathlib import Path
from typing import Final

from google.rpc.error_details_pb2 import LocalizedMessage

from services.chassis.faults import Fault
from services.chassis.texts import Language, current_language, read_texts

LANGUAGE_KEY: Final = "linli-language"
"""Metadata by which a caller asks for a language; one that nobody knows counts as not stated."""

_SERVICES: Final = Path(__file__).resolve().parents[2]


def localized(fault: Fault, /) -> LocalizedMessage | None:
    """Say in the language of the caller what was refused; None if the catalogue has no words for it."""
    if current_language.get() is Language.ENGLISH:
        return LocalizedMessage(locale=Language.ENGLISH, message=fault.message)
    text = chinese_text(type(fault))
    return LocalizedMessage(locale=Language.CHINESE, message=text) if text else None


def chinese_text(kind: type[Fault], /) -> str | None:
    """Find the text of a kind of fault, else that of the kind it is a case of."""
    for each in kind.__mro__:
        if issubclass(each, Fault) and (text := _texts_beside(each.__module__).get(each.reason)):
            return text
    return None


@cache
def _texts_beside(module: str) -> dict[str, str]:
    package, _, rest = module.partition(".")
    service = rest.partition(".")[0]
    folder = _SERVICES / ("chassis/rpc/texts" if service == "chassis" else f"{service}/api/texts")
    return read_texts(folder, Language.CHINESE) if package == "services" and folder.is_dir() else {}


def language_of(stated: str, /) -> Language:
    """Read the language that a caller asked for; the default if it is none that we speak."""
    return Language.ENGLISH if stated.lower().partition("-")[0] == Language.ENGLISH else Language.CHINESE
