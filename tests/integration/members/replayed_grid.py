"""A naive grid: the list of all that was stated, replayed up to a moment."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What was stated and accepted."""

    at: datetime
    kind: str
    node_id: str
    """The node; of a merge the survivor; of an enrolment the community."""
    name: str = ""
    other_id: str = ""
    """The parent; of a merge what ended; of a split the part; of enrolments the member."""
    child_ids: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class State:
    """How things were at a moment."""

    names: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    """Of the district: empty."""
    communities: dict[str, str] = field(default_factory=dict)
    """Where members were enrolled."""

    def below(self, top: str) -> dict[str, tuple[str, str]]:
        """Give name and parent of each node at and below one."""
        return {
            node_id: (self.names[node_id], self.parents[node_id])
            for node_id in self.names
            if top in self.lineage(node_id)
        }

    def lineage(self, node_id: str) -> list[str]:
        """Name a node and all above it."""
        return [node_id, *self.lineage(self.parents[node_id])] if node_id in self.names else []

    def enrolled(self, top: str) -> int:
        return sum(1 for community_id in self.communities.values() if top in self.lineage(community_id))


def replay(operations: Sequence[Operation], moment: datetime) -> State:
    """Replay all that happened up to a moment, in the order in which it happened."""
    state = State()
    for operation in sorted(operations, key=attrgetter("at")):
        if operation.at <= moment:
            _apply(state, operation)
    return state


def _apply(state: State, operation: Operation) -> None:
    node_id, other_id = operation.node_id, operation.other_id
    match operation.kind:
        case "create":
            state.names[node_id], state.parents[node_id] = operation.name, other_id
        case "rename":
            state.names[node_id] = operation.name
        case "move":
            state.parents[node_id] = other_id
        case "split":
            state.names[other_id], state.parents[other_id] = operation.name, state.parents[node_id]
            state.parents |= dict.fromkeys(operation.child_ids, other_id)
        case "merge":
            for moved in (state.parents, state.communities):
                moved |= {key: node_id for key, held in moved.items() if held == other_id}
            _drop(state, other_id)
        case "close":
            _drop(state, node_id)
        case "enrol":
            state.communities[other_id] = node_id
        case "end":
            del state.communities[other_id]


def _drop(state: State, node_id: str) -> None:
    del state.names[node_id], state.parents[node_id]
