"""Merge nodes of the grid into one that goes on for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.members.domain.faults import MergeTooLarge, NodeUsedLater
from services.members.domain.grid_changes import Grid
from services.members.domain.grid_successions import MERGED_RECORDS_MAX, merge
from services.members.storage.facts import causes, of_node
from services.members.storage.grid_histories import (
    complete,
    insert_successions,
    lock_histories,
    write_changes,
)
from services.members.storage.grid_nodes import lock_nodes
from services.members.storage.grid_uses import count_lasting, count_later, read_children
from services.members.storage.reasons import insert_reasons
from services.members.usecases.empty_nodes import end_charges, lock_those_in, move_enrolments
from services.members.usecases.settle_nodes import Change


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeNodes(Change):
    """Close nodes and let another go on for them."""

    survivor_id: str
    merged_ids: tuple[str, ...]


async def merge_nodes(work: Work, commands: Sequence[MergeNodes], *, zone: ZoneInfo) -> list[Written | Fault]:
    """Merge nodes, one command after the other, each with all that it changes or not at all.

    Args:
        work: One transaction.
        commands: In order.
        zone: The district's, by whose days those enrolled are counted.
    """
    return [await _try(work, command, zone) for command in commands]


async def _try(work: Work, command: MergeNodes, zone: ZoneInfo) -> Written | Fault:
    try:
        return await _merge(work, command, zone)
    except Fault as fault:
        return fault


async def _merge(work: Work, command: MergeNodes, zone: ZoneInfo) -> Written:
    at = occurred(command.occurred_at, now=work.now)
    connection = work.connection
    held = await lock_histories(connection, [command.survivor_id, *command.merged_ids])
    children = await read_children(connection, command.merged_ids)
    # Nobody moves a child away meanwhile without the lock of its parent.
    held |= await complete(
        connection, await lock_nodes(connection, [child for each in children.values() for child in each])
    )
    decided = merge(
        Grid(held.values()),
        command.survivor_id,
        merged_ids=command.merged_ids,
        children=children,
        at=at,
    )
    await _refuse_unmergeable(work, command.merged_ids, children=len(decided.changed), at=at)
    await write_changes(work, before=held, after=decided.changed)
    await insert_successions(work, decided.successions)
    closed = [each for each in decided.changed if each.node.closed_at]
    await insert_reasons(work, [command.why(each) for each in closed])
    rests_on = causes(held[command.survivor_id].node)
    facts = [of_node(history).make(work, causes=rests_on) for history in decided.changed]
    members = await lock_those_in(work, command.merged_ids, at=at)
    facts += await end_charges(work, command.merged_ids, at=at)
    facts += await move_enrolments(
        work,
        command.merged_ids,
        to=held[command.survivor_id].node,
        at=at,
        members=members,
        zone=zone,
    )
    return Written(id=command.survivor_id, facts=tuple(facts))


async def _refuse_unmergeable(work: Work, node_ids: Collection[str], *, children: int, at: datetime) -> None:
    later = await count_later(work.connection, node_ids, at=at)
    if later:
        raise NodeUsedLater(field="occurred_at", **later)
    records = children + await count_lasting(work.connection, node_ids, at=at)
    if records > MERGED_RECORDS_MAX:
        raise MergeTooLarge(field="merged_ids", records=records, records_max=MERGED_RECORDS_MAX)
