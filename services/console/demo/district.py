"""A district and its year as plain values: codes, names and moments, no ids."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

from services.console.activities import Activity, Stay
from services.console.demo.counts import Counts


class Level(IntEnum):
    """The levels of the grid, top down."""

    DISTRICT = 1
    STREET = 2
    COMMUNITY = 3
    AREA = 4
    BUILDING_GROUP = 5


class WishCategory(StrEnum):
    HARDSHIP_HELP = "困难帮扶"
    LIVELIHOOD = "民生实事"


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A place in the grid."""

    code: str
    name: str
    level: Level
    parent: str
    """The code of the node one level up; empty for the district."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkUnit:
    code: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An in-service member who is enrolled with a community for the whole year."""

    code: str
    name: str
    work_unit: str
    community: str
    enrolled_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    code: str
    title: str
    category: WishCategory
    community: str
    claimer: str
    submitted_at: datetime
    verified_at: datetime
    published_at: datetime
    claimed_at: datetime
    fulfilled_at: datetime
    confirmed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """One district with its year; everything in the order of codes, stays in that of sign-ins."""

    seed: int
    scale: Decimal
    counts: Counts
    created_at: datetime
    """Since when grid, work units and register exist."""
    nodes: tuple[Node, ...]
    work_units: tuple[WorkUnit, ...]
    members: tuple[Member, ...]
    activities: tuple[Activity, ...]
    stays: tuple[Stay, ...]
    wishes: tuple[Wish, ...]

    def at(self, level: Level) -> list[Node]:
        return [node for node in self.nodes if node.level == level]

    @property
    def communities(self) -> list[Node]:
        return self.at(Level.COMMUNITY)
