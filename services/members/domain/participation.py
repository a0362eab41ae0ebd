"""Participation (参与): who of those enrolled took part in a period. Computed from facts, never entered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.chassis.faults import InvalidField
from services.chassis.periods import Period
from services.members.domain.grid import Level, Node

BASIS_POINTS: Final = 10_000

_INSTANT: Final = timedelta(microseconds=1)
"""The smallest step of a stored time."""


def basis_points(*, part: int, whole: int) -> int:
    """Give a share in 1/100 of a per cent, half up; 0 of nothing."""
    return (2 * BASIS_POINTS * part + whole) // (2 * whole) if whole else 0


class ParticipationKind(StrEnum):
    """What somebody can take part in."""

    HOURS = "HOURS"
    """Confirmed minutes at an activity."""
    WISH = "WISH"
    """A fulfilled wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Participation:
    """A member took part once: a confirmed attendance or a fulfilled wish."""

    member_id: str
    log: str
    """The log whose fact states it."""
    record_id: str
    effective_at: datetime
    kind: ParticipationKind
    minutes: int = 0
    """Confirmed; 0 for a wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnout:
    """How many were enrolled and how many of them took part."""

    enrolled: int
    participating: int

    @property
    def basis_points(self) -> int:
        """The rate in 1/100 of a per cent, half up; 0 without members."""
        return basis_points(part=self.participating, whole=self.enrolled)


def counted_at(*, period: Period, now: datetime) -> datetime:
    """Say at which moment those enrolled are counted: the last of the period, or now while it runs."""
    return min(period.ends_at - _INSTANT, now)


def refuse_below_community(node: Node, /) -> None:
    """Refuse to count in a part of the grid with which nobody can be enrolled.

    Raises:
        InvalidField: The node is an area or a building group.
    """
    if node.level > Level.COMMUNITY:
        raise InvalidField("Members enrol with communities: name a community or above.", field="node_id")
