"""What one fact leaves for the next: how much of each limit is used."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

Window = tuple[str, str, str]
"""One window of one limit: name of the rule set, limit id, and which window of its kind (an activity).

It names no version, so a later version's limit with the same id goes on counting.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """The state of an assessment between two facts; a value that can be kept and gone on from."""

    used_minutes: Mapping[Window, int] = field(default_factory=dict)

    def to_json(self) -> str:
        """Write it down; equal values give equal text."""
        return json.dumps(sorted((*window, used) for window, used in self.used_minutes.items()))

    @classmethod
    def from_json(cls, text: str) -> "Carried":
        """Read what `to_json` wrote."""
        return cls(
            used_minutes={(name, limit_id, key): used for name, limit_id, key, used in json.loads(text)}
        )


NOTHING_CARRIED = Carried()
"""Before the first fact."""
