"""Decides how the grid changes: what nodes are called, where they hang, and that they end."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from services.chassis.faults import InvalidField
from services.members.domain.faults import LevelMismatch, MovedUnderItself, NodeInUse, NodeUnknown
from services.members.domain.grid import Level
from services.members.domain.grid_history import NodeHistory
from services.members.domain.grid_use import Use

_UNUSED: Final = Use()


class Grid:
    """The part of the grid that a batch is about; a later decision sees the effect of an earlier one."""

    def __init__(self, histories: Iterable[NodeHistory], /) -> None:
        """Know what the decisions rest on.

        Args:
            histories: Of the nodes that are named, of all that are to change, and of all above a new parent.
        """
        self._held = {history.node.id: history for history in histories}

    def known(self, node_id: str, /, *, field: str) -> NodeHistory:
        """Give a node as it now is.

        Raises:
            NodeUnknown: There is none.
        """
        history = self._held.get(node_id)
        if history is None:
            raise NodeUnknown(field=field, node_id=node_id)
        return history

    def keep(self, history: NodeHistory, /) -> NodeHistory:
        """Remember what was decided about a node."""
        self._held[history.node.id] = history
        return history

    def rename(self, node_id: str, /, *, name: str, at: datetime) -> NodeHistory:
        """Give a node another name.

        Raises:
            NodeUnknown: No such node.
            NodeClosed: It exists no longer.
            NotAfterLastChange: It changed then or later.
            NothingChanges: It has this name.
        """
        return self.keep(self.known(node_id, field="node_id").placed(at=at, name=name))

    def move(self, node_id: str, /, *, parent_id: str, at: datetime, name: str | None = None) -> NodeHistory:
        """Hang a node below another, with all that is below it.

        Args:
            node_id: The node.
            parent_id: Of the node one level up.
            at: From when on.
            name: If it changes too.

        Raises:
            NodeUnknown: No such node, or no such parent.
            MovedUnderItself: The parent is the node, or below it.
            LevelMismatch: The parent is not one level up.
            NodeNotYet: The parent did not exist then.
            NodeClosed: The node or the parent exists no longer.
            NotAfterLastChange: The node changed then or later.
            NothingChanges: It hangs there.
        """
        moved = self.known(node_id, field="node_id")
        parent = self.known(parent_id, field="parent_id").node
        if node_id in self._upward(parent_id):
            raise MovedUnderItself(field="parent_id", node_id=node_id, parent_id=parent_id)
        if parent.level != moved.node.level - 1:
            raise LevelMismatch(
                field="parent_id",
                level=moved.node.level.name,
                parent_level=parent.level.name,
                parent_id=parent_id,
            )
        parent.refuse_unless_open(at, field="parent_id")
        return self.keep(moved.placed(at=at, parent_id=parent_id, name=name))

    def close(self, node_id: str, /, *, at: datetime, uses: Mapping[str, Use]) -> NodeHistory:
        """Let a node exist no longer.

        Args:
            node_id: The node.
            at: From when on.
            uses: What was in the nodes before this batch, by node id.

        Raises:
            NodeUnknown: No such node.
            InvalidField: It is the district.
            NodeClosed: It was closed before.
            NotAfterLastChange: It changed then or later.
            NodeInUse: Something in it goes on then or later.
        """
        history = self.known(node_id, field="node_id")
        if history.node.level is Level.DISTRICT:
            raise InvalidField("The district is the whole installation and stays open.", field="node_id")
        closed = history.closed(at=at)
        self._refuse_in_use(node_id, uses.get(node_id, _UNUSED), at)
        return self.keep(closed)

    def _refuse_in_use(self, node_id: str, use: Use, at: datetime) -> None:
        left = {child_id: self._left_at(child_id, use) for child_id in use.children}
        children = sum(1 for until in left.values() if until is None)
        ends = [use.ends_at, *left.values()]
        ends_at = max((each for each in ends if each is not None), default=at)
        if children or any(use.lasting.values()) or ends_at > at:
            until = {"until": ends_at.isoformat()} if ends_at > at else {}
            raise NodeInUse(
                field="node_id", node_id=node_id, children=children, **dict(use.lasting.items()), **until
            )

    def _left_at(self, child_id: str, use: Use) -> datetime | None:
        """Say when a child was no longer there, as this batch may have decided."""
        until = use.children[child_id]
        if until is not None or child_id not in self._held:
            return until
        return self._held[child_id].node.closed_at

    def _upward(self, node_id: str) -> Iterator[str]:
        """Name a node and all above it."""
        climbing: str | None = node_id
        for _ in Level:
            if climbing is None:
                return
            yield climbing
            above = self._held.get(climbing)
            climbing = above.node.parent_id if above else None
