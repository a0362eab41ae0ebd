"""Participation (参与): who of those enrolled took part in a period. Computed from facts, never entered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.chassis.faults import InvalidField
from services.chassis.periods import Period
from services.members.domain.grid import Level, Node
from services.members.domain.policy import ParticipationKind

BASIS_POINTS: Final = 10_000

_INSTANT: Final = timedelta(microseconds=1)
"""The smallest step of a stored time."""


def basis_points(*, part: int, whole: int) -> int:
    """Give a share in 1/100 of a per cent, half up; 0 of nothing."""
    return (2 * BASIS_POINTS * part + whole) // (2 * whole) if whole else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Participation:
    """A member took part once: a confirmed attendance or a fulfilled wish."""

    member_id: str
    log: str
    """The log whose fact states it."""
    record_id: str
    effective_at: datetime
    kind: ParticipationKind | None
    """None: derived by code that did not tell kinds, and not anew since."""
    minutes: int
    """Confirmed minutes; of a wish none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolling:
    """How many should be enrolled, and how many of them are."""

    due: int
    enrolled: int

    @property
    def basis_points(self) -> int:
        """The rate in 1/100 of a per cent, half up; 0 if nobody is due."""
        return basis_points(part=self.enrolled, whole=self.due)

    def needed_for(self, threshold_basis_points: int, /) -> int:
        """Say how many more must enrol until their share reaches a threshold.

        The share is compared exactly and not as it is rounded: 邢台市桥西区 (press report) lets a unit whose
        check-in rate is below 95 % not be appraised, so that of 100 members 95 are enough and 94 are not.
        """
        wanted = -(-threshold_basis_points * self.due // BASIS_POINTS)
        return max(0, wanted - self.enrolled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnout:
    """How many were enrolled and how many of them participated."""

    enrolled: int
    participating: int
    enrolling: Enrolling | None = None
    """None for a part of the grid: nobody belongs to it before enrolling."""

    @property
    def basis_points(self) -> int:
        """The rate in 1/100 of a per cent, half up; 0 without members."""
        return basis_points(part=self.participating, whole=self.enrolled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The turnout of one place or work unit."""

    id: str
    """Empty: those of no work unit."""
    code: str
    name: str
    turnout: Turnout


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
