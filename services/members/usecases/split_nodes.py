"""Split nodes of the grid."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.sql.database import RunAgain
from services.chassis.work import Work, Written
from services.members.domain.grid_changes import Grid
from services.members.domain.grid_successions import Part, split
from services.members.storage.codes import read_codes
from services.members.storage.facts import causes, of_node
from services.members.storage.grid_histories import insert_successions, lock_histories, write_changes
from services.members.storage.grid_nodes import insert_nodes
from services.members.storage.reasons import insert_reasons
from services.members.storage.tables import grid_nodes
from services.members.usecases.settle_nodes import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPart:
    """A new node beside the one that is split."""

    code: str
    name: str
    child_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitNode(Change):
    """Make new nodes beside one and move some of its children to them."""

    node_id: str
    parts: tuple[NewPart, ...]


async def split_nodes(work: Work, commands: Sequence[SplitNode]) -> list[Written | Fault]:
    """Split nodes, one after the other, each with all that it changes or not at all."""
    return [await _try(work, command) for command in commands]


async def _try(work: Work, command: SplitNode) -> Written | Fault:
    try:
        return await _split(work, command)
    except Fault as fault:
        return fault


async def _split(work: Work, command: SplitNode) -> Written:
    child_ids = [child_id for part in command.parts for child_id in part.child_ids]
    held = await lock_histories(work.connection, [command.node_id, *child_ids])
    codes = await read_codes(work.connection, grid_nodes.c.code, [part.code for part in command.parts])
    decided = split(
        Grid(held.values()),
        command.node_id,
        parts=[
            Part(id=new_id(), code=part.code, name=part.name, child_ids=part.child_ids)
            for part in command.parts
        ],
        at=occurred(command.occurred_at, now=work.now),
        codes=codes,
    )
    added = [history.node for history in decided.added]
    if await insert_nodes(work, added) < {node.id for node in added}:
        # Somebody else took a code meanwhile; the next attempt sees it.
        raise RunAgain
    await write_changes(work, before=held, after=decided.changed)
    await insert_successions(work, decided.successions)
    await insert_reasons(work, [command.why(decided.changed[0])])
    rests_on = causes(decided.changed[0].node)
    facts = [
        of_node(history).make(work, causes=rests_on if history.node.id != command.node_id else ())
        for history in (*decided.changed, *decided.added)
    ]
    return Written(id=command.node_id, facts=tuple(facts))
