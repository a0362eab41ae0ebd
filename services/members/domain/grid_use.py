"""What is in a node of the grid, and keeps it from being closed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class UseKind(StrEnum):
    """What can be in a node beside the nodes below it."""

    ENROLMENTS = "enrolments"
    ROLES = "roles"
    PAIRINGS = "pairings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """All that is or was in a node."""

    children: Mapping[str, datetime | None] = field(default_factory=dict)
    """The nodes that hang or hung below it, and until when; None: they still do."""
    lasting: Mapping[UseKind, int] = field(default_factory=dict)
    """How many there are without an end."""
    ends_at: datetime | None = None
    """When the last of those that have an end comes to it; None: there is none."""
