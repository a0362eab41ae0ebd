"""What every step of a replay works with: a desk, and the year it writes."""

import hashlib
from dataclasses import dataclass

from services.console import desk
from services.console.replay.year import Year

ORGANISER = "service:replay"
"""Brings the records and confirms the hours."""
FIRST_PERSON = "member:admin-1"
"""Writes the rule and defines the board."""
SECOND_PERSON = "member:admin-2"
"""Approves what the first person wrote."""
_DIGITS = 40


@dataclass(slots=True, kw_only=True)
class Desk(desk.Desk):
    year: Year
    caller: str = ORGANISER

    def request_id(self, verb: str, code: str) -> str:
        """Derive the request id from the folder's content, verb and code, so that a repetition adds nothing.

        The codes of a folder may be as long as a request id itself; so it is a digest that holds them.
        """
        content = f"{self.year.digest} {verb} {code}".encode("ascii")
        return f"replay-{verb}-{hashlib.sha256(content).hexdigest()[:_DIGITS]}"


def volunteer(code: str, /) -> str:
    """Name a volunteer among the desk's ids, where no shift of the same code is in the way."""
    return f"volunteer {code}"


def shift(code: str, /) -> str:
    return f"shift {code}"


def community(code: str, /) -> str:
    return f"community {code}"


def attendance(code: str, /) -> str:
    return f"attendance {code}"
