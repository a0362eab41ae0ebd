"""Decides how nodes of the grid become others: one is split, or several are merged into one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.chassis.faults import InvalidField
from services.members.domain.codes import Codes
from services.members.domain.faults import LevelMismatch, MergedWithItself, NotAChild
from services.members.domain.grid import Level, Node
from services.members.domain.grid_changes import Grid
from services.members.domain.grid_history import NodeHistory, Succession, SuccessionKind

MERGED_RECORDS_MAX: Final = 10_000
"""Enrolments, roles, pairings and children that one merge may end or move: seconds of one transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A new node that a split makes."""

    id: str
    code: str
    name: str
    child_ids: Sequence[str]
    """The children of the split node that move to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeeded:
    """What a split or a merge decided; all of one moment."""

    added: Sequence[NodeHistory] = ()
    changed: Sequence[NodeHistory]
    successions: Sequence[Succession]


def split(grid: Grid, node_id: str, /, *, parts: Sequence[Part], at: datetime, codes: Codes) -> Succeeded:
    """Make new nodes beside one, below the same parent, and move some of its children to them.

    Args:
        grid: Knows the node and the children.
        node_id: The node, which lives on.
        parts: At least one.
        at: When.
        codes: Those taken.

    Raises:
        NodeUnknown: No such node, or no such child.
        InvalidField: The node is the district.
        NodeClosed: The node or a child exists no longer.
        NotAfterLastChange: The node or a child changed then or later.
        NotAChild: What is to move hangs elsewhere, or is named twice.
        CodeTaken: Another node has the code of a part, or two parts have the same.
    """
    history = grid.known(node_id, field="node_id")
    if history.node.level is Level.DISTRICT:
        raise InvalidField("The district is one and cannot be split; split its streets.", field="node_id")
    history.refuse_unless_changeable(at)
    moved: dict[str, NodeHistory] = {}
    for part in parts:
        for child_id in part.child_ids:
            child = grid.known(child_id, field="parts")
            if child.node.parent_id != node_id or child_id in moved:
                raise NotAChild(field="parts", node_id=node_id, child_id=child_id)
            moved[child_id] = child.placed(at=at, parent_id=part.id)
    codes.take(*(part.code for part in parts))
    successions = [
        Succession(node_id=node_id, successor_id=part.id, kind=SuccessionKind.SPLIT, effective_at=at)
        for part in parts
    ]
    return Succeeded(
        added=[_part_of(history.node, part, at) for part in parts],
        changed=[history.restated().followed(*successions), *moved.values()],
        successions=successions,
    )


def _part_of(node: Node, part: Part, at: datetime) -> NodeHistory:
    return NodeHistory(
        node=Node(
            id=part.id,
            code=part.code,
            name=part.name,
            level=node.level,
            parent_id=node.parent_id,
            effective_from=at,
            revision=1,
        )
    )


def merge(
    grid: Grid,
    survivor_id: str,
    /,
    *,
    merged_ids: Sequence[str],
    children: Mapping[str, Collection[str]],
    at: datetime,
) -> Succeeded:
    """Close nodes and let another go on for them: their open children move below it.

    Args:
        grid: Knows the nodes and their children.
        survivor_id: The node that goes on.
        merged_ids: Those that end in it.
        children: The open children of those, by node id.
        at: When.

    Raises:
        NodeUnknown: No such node.
        MergedWithItself: The survivor is among those that end.
        LevelMismatch: They are not all of one level.
        NodeClosed: One of them exists no longer.
        NotAfterLastChange: One of them, or a child, changed then or later.
    """
    survivor = grid.known(survivor_id, field="survivor_id")
    survivor.refuse_unless_changeable(at)
    changed: list[NodeHistory] = []
    successions: list[Succession] = []
    for node_id in merged_ids:
        if node_id == survivor_id:
            raise MergedWithItself(field="merged_ids", node_id=node_id)
        history = grid.known(node_id, field="merged_ids")
        if history.node.level is not survivor.node.level:
            raise LevelMismatch(
                "Only nodes of one level can be merged.",
                field="merged_ids",
                node_id=node_id,
                level=history.node.level.name,
                survivor_level=survivor.node.level.name,
            )
        succession = Succession(
            node_id=node_id, successor_id=survivor_id, kind=SuccessionKind.MERGED, effective_at=at
        )
        changed.append(history.closed(at=at).followed(succession))
        changed += [
            grid.known(child_id, field="merged_ids").placed(at=at, parent_id=survivor_id)
            for child_id in children[node_id]
        ]
        successions.append(succession)
    return Succeeded(changed=changed, successions=successions)
