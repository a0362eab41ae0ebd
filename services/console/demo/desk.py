"""What every step of the demo works with: a desk, and the year it writes."""

from dataclasses import dataclass

from services.console import desk
from services.console.demo.district import District
from services.console.demo.year import YEAR

DATA = "service:demo"
"""Brings the records of the year."""
FIRST_PERSON = "member:admin-1"
"""Writes the rules, defines the boards, plans and executes the reward run."""
SECOND_PERSON = "member:admin-2"
"""Approves what the first person wrote and planned."""


@dataclass(slots=True, kw_only=True)
class Desk(desk.Desk):
    district: District
    caller: str = DATA

    def request_id(self, verb: str, code: str) -> str:
        """Derive the request id from seed, scale, verb and code, so that a repetition adds nothing."""
        return f"demo-{YEAR}-{self.district.seed}-{self.district.scale.normalize():f}-{verb}-{code}"
