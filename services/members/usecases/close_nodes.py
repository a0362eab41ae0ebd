"""Close nodes of the grid in which nothing is left."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.deciding import decide_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.grid_changes import Grid
from services.members.domain.grid_history import NodeHistory
from services.members.storage.grid_histories import lock_histories
from services.members.storage.grid_uses import read_uses
from services.members.usecases.settle_nodes import Change, settle_changes


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseNode(Change):
    """Let a node exist no longer."""

    node_id: str


async def close_nodes(work: Work, commands: Sequence[CloseNode]) -> list[Written | Fault]:
    """Close nodes, each decided by itself and in order, while they are locked: nothing comes into them."""
    node_ids = {command.node_id for command in commands}
    held = await lock_histories(work.connection, node_ids)
    # After the lock, so that it sees what came in before.
    uses = await read_uses(work.connection, node_ids)
    grid = Grid(held.values())

    def decide(command: CloseNode) -> NodeHistory:
        return grid.close(command.node_id, at=occurred(command.occurred_at, now=work.now), uses=uses)

    decided = decide_each(commands, decide)
    return await settle_changes(work, before=held, commands=commands, decided=decided)
