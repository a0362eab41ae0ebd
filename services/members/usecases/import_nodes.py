"""Bring the rows of a file into the grid."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.sql.database import RunAgain
from services.chassis.work import Work, Written
from services.members.domain.codes import Codes
from services.members.domain.grid import Additions, Level, Node
from services.members.domain.grid_changes import Grid
from services.members.domain.grid_history import NodeHistory
from services.members.domain.grid_import import Import, NodeRow, differences
from services.members.storage.facts import Cause, causes, of_node
from services.members.storage.grid_histories import lock_histories, write_changes
from services.members.storage.grid_nodes import (
    has_district,
    insert_nodes,
    read_lineages,
    read_nodes_by_code,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportNode:
    """A row of a file of nodes."""

    code: str
    name: str
    level: Level
    parent_code: str
    occurred_at: datetime | None
    updates: bool

    def row(self, *, now: datetime) -> NodeRow:
        return NodeRow(
            id=new_id(),
            code=self.code,
            name=self.name,
            level=self.level,
            parent_code=self.parent_code,
            at=occurred(self.occurred_at, now=now),
            updates=self.updates,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """What a row made of its node."""

    node_id: str
    history: NodeHistory | None
    """As it then was; None: nothing changed."""


async def import_nodes(work: Work, commands: Sequence[ImportNode]) -> list[Written | Fault]:
    """Bring rows in, each decided by itself and in order; a row that equals what is held writes nothing."""
    stored = await _read(work, commands)
    nodes = [history.node for history in stored.values()]
    grid = Grid([*(NodeHistory(node=node) for node in await _read_above(work, nodes)), *stored.values()])
    rows = Import(
        known=stored.values(),
        grid=grid,
        additions=Additions(
            parents={node.id: node for node in nodes},
            codes=Codes(taken=(node.code for node in nodes)),
            has_district=await has_district(work.connection),
        ),
    )

    def decide(command: ImportNode) -> _Decided:
        history = rows.decide(command.row(now=work.now))
        return _Decided(node_id=rows.id_of(command.code), history=history)

    decided = decide_each(commands, decide)
    await _store(work, stored, [each.history for each in accepted(decided) if each.history])

    def causes_of(node: Node) -> list[Cause]:
        return causes(grid.known(node.parent_id, field="parent_code").node) if node.parent_id else []

    def settle(each: _Decided) -> Written:
        if each.history is None:
            return Written(id=each.node_id)
        fact = of_node(each.history).make(work, causes=causes_of(each.history.node))
        return Written(id=each.node_id, facts=(fact,))

    return settle_each(decided, settle)


async def _read(work: Work, commands: Sequence[ImportNode]) -> dict[str, NodeHistory]:
    """Read the nodes that rows name, by id, and lock those that may change or get children.

    Of a file that comes again nothing changes, so nothing is locked for it.
    """
    named = {code for command in commands for code in (command.code, command.parent_code) if code}
    found = await read_nodes_by_code(work.connection, named)
    ids = {code: node.id for code, node in found.items()}
    touched = {
        code
        for command in commands
        if command.code not in found
        or differences(found[command.code], command, ids.get(command.parent_code))
        for code in (command.code, command.parent_code)
    }
    held = {node.id: NodeHistory(node=node) for node in found.values()}
    return held | await lock_histories(work.connection, [ids[code] for code in touched & ids.keys()])


async def _read_above(work: Work, nodes: Collection[Node]) -> Collection[Node]:
    parent_ids = {node.parent_id for node in nodes if node.parent_id}
    return (await read_lineages(work.connection, parent_ids)).values()


async def _store(work: Work, stored: dict[str, NodeHistory], decided: Sequence[NodeHistory]) -> None:
    added = {each.node.id: each for each in decided if each.node.id not in stored and each.node.revision == 1}
    if len(await insert_nodes(work, [each.node for each in added.values()])) < len(added):
        # Somebody else took a code meanwhile; the next attempt compares with what they wrote.
        raise RunAgain
    changed = [each for each in decided if each.node.revision > 1]
    await write_changes(work, before=stored | added, after=changed)
