"""Reads single fields of a row; each says what is wrong with it."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from services.console.replay.faults import RowBroken
from services.console.replay.rows import Fields

YEAR_MIN: Final = 1950
"""The services take no earlier time."""
CODE_LENGTH_MAX: Final = 64
_SHOWN_MAX: Final = 40
_CODE: Final = re.compile(rf"[!-~]{{1,{CODE_LENGTH_MAX}}}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_COUNT: Final = re.compile(r"[0-9]{1,6}")
_POSTCODE: Final = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?)(?:\s*[0-9][A-Z]{2})?")


def code(fields: Fields, column: str, /) -> str:
    """Read what names a record: 1 to 64 visible ASCII characters."""
    text = fields[column]
    if not _CODE.fullmatch(text):
        wanted = f"1 to {CODE_LENGTH_MAX} letters, digits and signs without space"
        raise RowBroken(f"{column} {_shown(text)} is not {wanted}")
    return text


def day(fields: Fields, column: str, /) -> date:
    """Read a day such as 2023-10-29."""
    text = fields[column]
    if not text:
        raise RowBroken(f"no {column}")
    try:
        found = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise RowBroken(f"{column} {_shown(text)} is no date such as 2023-10-29")
    if found.year < YEAR_MIN:
        raise RowBroken(f"{column} {text} lies before {YEAR_MIN}")
    return found


def past_day(fields: Fields, column: str, /, *, today: date) -> date:
    """Read a day that has begun."""
    found = day(fields, column)
    if found > today:
        raise RowBroken(f"{column} {found} lies in the future")
    return found


def amount(fields: Fields, column: str, /) -> Decimal:
    """Read a number from 0 on, exactly."""
    text = fields[column]
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise RowBroken(f"{column} {_shown(text)} is no number") from None
    if not number.is_finite():
        raise RowBroken(f"{column} {_shown(text)} is not finite")
    if number < 0:
        raise RowBroken(f"{column} {_shown(text)} is negative")
    return number


def count(fields: Fields, column: str, /) -> int:
    """Read a whole number from 0 to 999,999."""
    text = fields[column]
    if not _COUNT.fullmatch(text):
        raise RowBroken(f"{column} {_shown(text)} is no whole number from 0 to 999,999")
    return int(text)


def outward_postcode(fields: Fields, column: str, /) -> str:
    """Read the first half of a postcode (LS10 of LS10 1NE); empty where there is none."""
    text = fields[column].upper()
    if not text:
        return ""
    found = _POSTCODE.fullmatch(text)
    if found is None:
        raise RowBroken(f"{column} {_shown(text)} is no postcode such as LS10 1NE, and not empty")
    return found.group(1)


def _shown(text: str) -> str:
    return repr(text) if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]!r}..."
