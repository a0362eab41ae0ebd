"""Hang nodes of the grid below others."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.deciding import decide_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.grid_changes import Grid
from services.members.domain.grid_history import NodeHistory
from services.members.storage.facts import Cause, causes
from services.members.storage.grid_histories import lock_histories
from services.members.storage.grid_nodes import read_lineages
from services.members.usecases.settle_nodes import Change, settle_changes


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveNode(Change):
    """Hang a node below another, with all that is below it."""

    node_id: str
    parent_id: str


async def move_nodes(work: Work, commands: Sequence[MoveNode]) -> list[Written | Fault]:
    """Move nodes, each decided by itself and in order, while they and their new parents are locked."""
    parent_ids = {command.parent_id for command in commands}
    held = await lock_histories(work.connection, parent_ids | {command.node_id for command in commands})
    above = await read_lineages(work.connection, parent_ids)
    grid = Grid([*(NodeHistory(node=node) for node in above.values()), *held.values()])

    def decide(command: MoveNode) -> NodeHistory:
        at = occurred(command.occurred_at, now=work.now)
        return grid.move(command.node_id, parent_id=command.parent_id, at=at)

    def causes_of(history: NodeHistory) -> list[Cause]:
        return causes(grid.known(history.node.parent_id or "", field="parent_id").node)

    decided = decide_each(commands, decide)
    return await settle_changes(work, before=held, commands=commands, decided=decided, causes_of=causes_of)
