"""Keeps what people wrote from being run as a formula by whoever opens a file; reading takes that back.

A cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return, behind any number of apostrophes, gets
one apostrophe more; reading takes exactly that one away. So what is exported and imported again is what it
was, also if it begins with an apostrophe itself. A number below zero is no formula and stays one that can be
summed.
"""

import re
from typing import Final

_LOOKS_LIKE_A_FORMULA: Final = re.compile(r"(?!-[0-9]{1,15}(?:\.[0-9]+)?\Z)'*[=+\-@\t\r]")
_NEUTRALISED: Final = re.compile(r"'+[=+\-@\t\r]")


def neutralised(text: str, /) -> str:
    return f"'{text}" if _LOOKS_LIKE_A_FORMULA.match(text) else text


def as_meant(text: str, /) -> str:
    """Undo `neutralised`."""
    return text[1:] if _NEUTRALISED.match(text) else text
