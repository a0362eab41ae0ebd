"""Places: whatever a role is held at or a team belongs to, as far as the register must know of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.chassis.faults import Fault
from services.members.domain.faults import (
    NodeClosed,
    NodeUnknown,
    TeamClosed,
    TeamUnknown,
    WorkUnitClosed,
    WorkUnitUnknown,
)
from services.members.domain.grid import Level


class ScopeKind(StrEnum):
    """Where a role can be held."""

    GRID_NODE = "GRID_NODE"
    WORK_UNIT = "WORK_UNIT"
    TEAM = "TEAM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Names a place."""

    kind: ScopeKind
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place that exists, or did until it was closed."""

    scope: Scope
    level: Level | None
    """Of a node of the grid."""
    closed_at: datetime | None
    revision: int

    @property
    def id(self) -> str:
        return self.scope.id


_REFUSALS: Final[Mapping[ScopeKind, tuple[type[Fault], type[Fault], str]]] = MappingProxyType(
    {
        ScopeKind.GRID_NODE: (NodeUnknown, NodeClosed, "node_id"),
        ScopeKind.WORK_UNIT: (WorkUnitUnknown, WorkUnitClosed, "work_unit_id"),
        ScopeKind.TEAM: (TeamUnknown, TeamClosed, "team_id"),
    }
)
"""The fault for an unknown one, for a closed one, and what its id is called."""


class Places:
    """The places that a batch names, as they were read."""

    def __init__(self, found: Mapping[Scope, Place], /) -> None:
        self._found = found

    def known(self, scope: Scope, /, *, field: str = "") -> Place:
        """Give the place that a scope stands for; of a merged work unit the one it was merged into.

        Args:
            scope: As it was asked for.
            field: Of the request, that is blamed; default: what ids of its kind are called.

        Raises:
            NodeUnknown, WorkUnitUnknown, TeamUnknown: There is none.
        """
        unknown, _, name = _REFUSALS[scope.kind]
        place = self._found.get(scope)
        if place is None:
            raise unknown(field=field or name, **{name: scope.id})
        return place

    def open(self, scope: Scope, /, *, field: str = "") -> Place:
        """Give the place that a scope stands for, if it was not closed.

        Raises:
            NodeUnknown, WorkUnitUnknown, TeamUnknown: There is none.
            NodeClosed, WorkUnitClosed, TeamClosed: It exists no longer.
        """
        place = self.known(scope, field=field)
        if place.closed_at is not None:
            _, closed, name = _REFUSALS[scope.kind]
            raise closed(field=field or name, **{name: place.id}, closed_at=place.closed_at.isoformat())
        return place
