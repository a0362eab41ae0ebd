"""The five-level grid (五级治理): one district, its streets, communities, areas and building groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from services.chassis.faults import InvalidField
from services.members.domain.codes import Codes
from services.members.domain.faults import (
    DistrictExists,
    LevelMismatch,
    NodeClosed,
    NodeNotYet,
    NodeUnknown,
)


class Level(IntEnum):
    """From the top; a node's parent is exactly one level up."""

    DISTRICT = 1
    STREET = 2
    COMMUNITY = 3
    AREA = 4
    BUILDING_GROUP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A place in the grid."""

    id: str
    code: str
    name: str
    level: Level
    parent_id: str | None
    """None for the district."""
    effective_from: datetime
    placed_at: datetime | None = None
    """Since when it has this name and this parent; None: since it exists."""
    closed_at: datetime | None = None
    """Since when it exists no longer; None while it does."""
    revision: int

    def refuse_unless_open(self, at: datetime, /, *, until: datetime | None = None, field: str) -> None:
        """Refuse what would be in this node before it existed or after it was closed.

        Args:
            at: When it begins.
            until: Just before which it ends; None: it goes on.
            field: Of the request, that is blamed.

        Raises:
            NodeNotYet: It would begin before the node.
            NodeClosed: It would go on after the node.
        """
        if at < self.effective_from:
            raise NodeNotYet(field=field, node_id=self.id, effective_from=self.effective_from.isoformat())
        if self.closed_at is not None and (until is None or until > self.closed_at):
            raise NodeClosed(field=field, node_id=self.id, closed_at=self.closed_at.isoformat())


class Additions:
    """Decides which nodes may be added to the grid."""

    def __init__(self, *, parents: Mapping[str, Node], codes: Codes, has_district: bool) -> None:
        """Know what the decisions rest on.

        Args:
            parents: The nodes under which some are to be added, by id.
            codes: Those taken.
            has_district: Whether the installation has its district.
        """
        self.parents = dict(parents)
        self._codes = codes
        self._has_district = has_district

    def add(self, node: Node, /) -> Node:
        """Take the node in.

        Raises:
            NodeUnknown: No such parent.
            LevelMismatch: The parent is not one level up.
            NodeNotYet: The parent did not exist then.
            NodeClosed: The parent exists no longer.
            DistrictExists: There is one already.
            CodeTaken: Another node has the code.
            InvalidField: The district was given a parent, or another node none.
        """
        if node.level is Level.DISTRICT:
            self._refuse_second_district(node)
        else:
            self._refuse_wrong_parent(node)
        self._codes.take(node.code)
        self._has_district |= node.level is Level.DISTRICT
        self.parents[node.id] = node
        return node

    def _refuse_second_district(self, node: Node) -> None:
        if node.parent_id:
            raise InvalidField("The district is the top of the grid and has no parent.", field="parent_id")
        if self._has_district:
            raise DistrictExists

    def _refuse_wrong_parent(self, node: Node) -> None:
        if not node.parent_id:
            raise InvalidField("Name the node one level up; only the district has none.", field="parent_id")
        parent = self.parents.get(node.parent_id)
        if parent is None:
            raise NodeUnknown(field="parent_id", node_id=node.parent_id)
        if parent.level != node.level - 1:
            raise LevelMismatch(
                field="parent_id", level=node.level.name, parent_level=parent.level.name, parent_id=parent.id
            )
        parent.refuse_unless_open(node.effective_from, field="parent_id")
