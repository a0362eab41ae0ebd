"""Add nodes to the grid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.faults import CodeTaken, DistrictExists
from services.members.domain.grid import Additions, Level, Node
from services.members.domain.grid_history import NodeHistory
from services.members.storage.codes import read_codes
from services.members.storage.facts import causes, of_node
from services.members.storage.grid_nodes import has_district, hold_nodes, insert_nodes
from services.members.storage.tables import grid_nodes


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateNode:
    """Add a node below one of the level above."""

    code: str
    name: str
    level: Level
    parent_id: str | None
    occurred_at: datetime | None

    def node(self, *, now: datetime) -> Node:
        return Node(
            id=new_id(),
            code=self.code,
            name=self.name,
            level=self.level,
            parent_id=self.parent_id,
            effective_from=occurred(self.occurred_at, now=now),
            revision=1,
        )


async def create_nodes(work: Work, commands: Sequence[CreateNode]) -> list[Written | Fault]:
    """Add nodes, each decided by itself and in order."""
    parent_ids = [command.parent_id for command in commands if command.parent_id]
    additions = Additions(
        parents=await hold_nodes(work.connection, parent_ids),
        codes=await read_codes(work.connection, grid_nodes.c.code, [command.code for command in commands]),
        has_district=await has_district(work.connection),
    )
    decided = decide_each(commands, lambda command: additions.add(command.node(now=work.now)))
    inserted = await insert_nodes(work, accepted(decided))

    def settle(node: Node) -> Written:
        if node.id not in inserted:
            raise DistrictExists if node.level is Level.DISTRICT else CodeTaken(field="code")
        parent = additions.parents.get(node.parent_id or "")
        return Written(id=node.id, facts=(of_node(NodeHistory(node=node)).make(work, causes=causes(parent)),))

    return settle_each(decided, settle)
