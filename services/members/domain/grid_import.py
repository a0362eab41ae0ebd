"""Decides what the rows of a file of nodes mean: a node that is new, known, or known and otherwise."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol

from services.chassis.faults import Fault, InvalidField, Violation
from services.members.domain.faults import NodeDiffers, NodeUnknown
from services.members.domain.grid import Additions, Level, Node
from services.members.domain.grid_changes import Grid
from services.members.domain.grid_history import NodeHistory

_FIELDS: Final = MappingProxyType({"parent_id": "parent_code", "node_id": "code"})


class Stated(Protocol):
    """What a row says of a node, beside its code and its parent."""

    @property
    def name(self) -> str: ...

    @property
    def level(self) -> Level: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeRow:
    """A row of a file, as it is decided."""

    id: str
    """The node's, if it is new."""
    code: str
    name: str
    level: Level
    parent_code: str
    """Empty for the district."""
    at: datetime
    updates: bool
    """What it states otherwise becomes true; else it is refused."""


class Import:
    """Decides rows in order; a later one sees the effect of an earlier one."""

    def __init__(self, *, known: Iterable[NodeHistory], grid: Grid, additions: Additions) -> None:
        """Know what the decisions rest on.

        Args:
            known: The nodes that rows name, as themselves or as parents.
            grid: Knows these too, and all above them.
            additions: Decides about what is new.
        """
        self._ids = {history.node.code: history.node.id for history in known}
        self._grid = grid
        self._additions = additions

    def decide(self, row: NodeRow, /) -> NodeHistory | None:
        """Say what a row makes of its node.

        Returns:
            The node, new or changed; None: the row equals what is held.

        Raises:
            NodeUnknown: There is no such parent, and no earlier row makes it.
            NodeDiffers: The code is known and something is otherwise, and the row does not say `update`.
            Fault: What adding, renaming or moving a node raises.
        """
        try:
            return self._decide(row)
        except Fault as fault:
            raise _blaming_the_row(fault) from None

    def _decide(self, row: NodeRow) -> NodeHistory | None:
        parent_id = self._id_of_parent(row)
        if row.code not in self._ids:
            return self._add(row, parent_id)
        held = self._grid.known(self._ids[row.code], field="code").node
        different = differences(held, row, parent_id)
        if not different:
            return None
        if not row.updates or "level" in different:
            raise NodeDiffers(field="code", node_id=held.id, fields=",".join(different))
        if "parent_code" not in different:
            return self._grid.rename(held.id, name=row.name, at=row.at)
        if parent_id is None:
            raise InvalidField("Name the node one level up; only the district has none.", field="parent_code")
        return self._grid.move(held.id, parent_id=parent_id, name=row.name, at=row.at)

    def id_of(self, code: str, /) -> str:
        """Give the id of a code that a row named."""
        return self._ids[code]

    def _id_of_parent(self, row: NodeRow) -> str | None:
        if not row.parent_code:
            return None
        if row.parent_code not in self._ids:
            raise NodeUnknown(field="parent_code", code=row.parent_code)
        return self._ids[row.parent_code]

    def _add(self, row: NodeRow, parent_id: str | None) -> NodeHistory:
        node = Node(
            id=row.id,
            code=row.code,
            name=row.name,
            level=row.level,
            parent_id=parent_id,
            effective_from=row.at,
            revision=1,
        )
        self._additions.add(node)
        self._ids[row.code] = node.id
        return self._grid.keep(NodeHistory(node=node))


def _blaming_the_row(fault: Fault) -> Fault:
    """Blame the field of the row instead of that of the request that does the same to one node."""
    field = _FIELDS.get(fault.field or "")
    if field is not None:
        fault.field = field
        fault.violations = (Violation(place=field, problem=fault.message),)
    return fault


def differences(held: Node, row: Stated, parent_id: str | None, /) -> list[str]:
    """Name the fields of a row that state something else than what is held."""
    compared = {
        "name": (held.name, row.name),
        "level": (held.level, row.level),
        "parent_code": (held.parent_id, parent_id),
    }
    return [name for name, (is_, stated) in compared.items() if is_ != stated]
