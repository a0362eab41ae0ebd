"""What a node of the grid was before: its names, where it hung, and what it became."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from services.members.domain.faults import NotAfterLastChange, NothingChanges
from services.members.domain.grid import Node


class SuccessionKind(StrEnum):
    SPLIT = "SPLIT"
    """The node lives on beside its successor."""
    MERGED = "MERGED"
    """The node was closed, and its successor goes on for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A span in which a node had one name and one parent."""

    name: str
    parent_id: str | None
    effective_from: datetime
    effective_until: datetime | None
    """Just before which it ended; None while it lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """A node became another, or part of it did."""

    node_id: str
    successor_id: str
    kind: SuccessionKind
    effective_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeHistory:
    """A node, all it was before, and the successions that it is part of. Its changes are dated in order."""

    node: Node
    past: tuple[Placement, ...] = ()
    """In the order of time, without gaps; the last ended where the present one began."""
    successions: tuple[Succession, ...] = ()
    """On either side."""

    @property
    def placements(self) -> tuple[Placement, ...]:
        """All spans, the present one last; a closed node has none at present."""
        present = Placement(
            name=self.node.name,
            parent_id=self.node.parent_id,
            effective_from=self.node.placed_at or self.node.effective_from,
            effective_until=self.node.closed_at,
        )
        return (*self.past, present)

    @property
    def earlier_parents(self) -> Iterator[tuple[str, datetime]]:
        """Where it hung before, and until when; names do not count."""
        for span, following in pairwise(self.placements):
            if span.parent_id and span.parent_id != following.parent_id:
                yield span.parent_id, following.effective_from

    @property
    def successor_ids(self) -> list[str]:
        return sorted(each.successor_id for each in self.successions if each.node_id == self.node.id)

    @property
    def last_changed_at(self) -> datetime:
        moments = [self.node.effective_from, self.node.placed_at, self.node.closed_at]
        moments += [each.effective_at for each in self.successions]
        return max(moment for moment in moments if moment is not None)

    def at(self, moment: datetime, /) -> Node | None:
        """Give the node as it was at a time; None if it did not exist."""
        for span in self.placements:
            is_over = span.effective_until is not None and span.effective_until <= moment
            if span.effective_from <= moment and not is_over:
                return replace(self.node, name=span.name, parent_id=span.parent_id)
        return None

    def refuse_unless_changeable(self, at: datetime, /) -> None:
        """Refuse a change of a node that is closed, or changed then or later.

        Raises:
            NodeClosed: It exists no longer.
            NotAfterLastChange: It changed then or later.
        """
        if self.node.closed_at is not None:
            self.node.refuse_unless_open(self.node.effective_from, field="node_id")
        if at <= self.last_changed_at:
            raise NotAfterLastChange(
                field="occurred_at", node_id=self.node.id, last_changed_at=self.last_changed_at.isoformat()
            )

    def placed(self, *, at: datetime, name: str | None = None, parent_id: str | None = None) -> "NodeHistory":
        """Give it another name or another parent, or both; None: as before.

        Raises:
            NodeClosed: It exists no longer.
            NotAfterLastChange: It changed then or later.
            NothingChanges: It has this name and this parent.
        """
        self.refuse_unless_changeable(at)
        node = replace(
            self.node,
            name=name or self.node.name,
            parent_id=parent_id or self.node.parent_id,
            placed_at=at,
            revision=self.node.revision + 1,
        )
        if (node.name, node.parent_id) == (self.node.name, self.node.parent_id):
            raise NothingChanges(node_id=node.id)
        left = replace(self.placements[-1], effective_until=at)
        return replace(self, node=node, past=(*self.past, left))

    def closed(self, *, at: datetime) -> "NodeHistory":
        """Let it exist no longer.

        Raises:
            NodeClosed: It was closed before.
            NotAfterLastChange: It changed then or later.
        """
        self.refuse_unless_changeable(at)
        return replace(self, node=replace(self.node, closed_at=at, revision=self.node.revision + 1))

    def restated(self) -> "NodeHistory":
        """Give it the next revision, as something beside its name, parent and end is to be told."""
        return replace(self, node=replace(self.node, revision=self.node.revision + 1))

    def followed(self, *successions: Succession) -> "NodeHistory":
        """Note what came of it, or of what it came; no revision of its own."""
        return replace(self, successions=(*self.successions, *successions))
