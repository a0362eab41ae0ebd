"""Give nodes of the grid other names."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.deciding import decide_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.grid_changes import Grid
from services.members.domain.grid_history import NodeHistory
from services.members.storage.grid_histories import lock_histories
from services.members.usecases.settle_nodes import Change, settle_changes


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameNode(Change):
    """Give a node another name."""

    node_id: str
    name: str


async def rename_nodes(work: Work, commands: Sequence[RenameNode]) -> list[Written | Fault]:
    """Rename nodes, each decided by itself and in order, while they are locked."""
    held = await lock_histories(work.connection, [command.node_id for command in commands])
    grid = Grid(held.values())

    def decide(command: RenameNode) -> NodeHistory:
        at = occurred(command.occurred_at, now=work.now)
        return grid.rename(command.node_id, name=command.name, at=at)

    decided = decide_each(commands, decide)
    return await settle_changes(work, before=held, commands=commands, decided=decided)
