"""Ask for the statements of a period, and keep what the job has gathered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from services.chassis.faults import Fault, InvalidField
from services.chassis.periods import Period
from services.chassis.work import Work, Written
from services.members.domain.faults import NodeUnknown
from services.members.domain.participation import refuse_below_community
from services.members.domain.sides import Sides
from services.members.domain.statement import FeedbackStatement
from services.members.storage.grid_nodes import read_district_id, read_nodes
from services.members.storage.members import lock_members
from services.members.storage.sides import read_sides
from services.members.storage.statement_facts import of_statement
from services.members.storage.statements import insert_statements

JOB: Final = "generate_statements"


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateStatements:
    """Generate the statements of a period."""

    period_id: str
    node_id: str | None
    stated_by: str


async def generate_statements(
    work: Work, commands: Sequence[GenerateStatements], *, zone: ZoneInfo
) -> list[Written | Fault]:
    """Start the jobs that generate statements; what is written is the job."""
    outcomes: list[Written | Fault] = []
    for command in commands:
        try:
            outcomes.append(await _start(work, command, zone=zone))
        except Fault as fault:
            outcomes.append(fault)
    return outcomes


async def _start(work: Work, command: GenerateStatements, *, zone: ZoneInfo) -> Written:
    period = Period.parse(command.period_id, zone=zone)
    if period.starts_at > work.now:
        raise InvalidField("This period has not begun.", field="period_id")
    if command.node_id is not None:
        found = await read_nodes(work.connection, [command.node_id])
        if command.node_id not in found:
            raise NodeUnknown(field="node_id", node_id=command.node_id)
        refuse_below_community(found[command.node_id])
    await _refuse_foreign(work, command)
    parameters = {"period_id": command.period_id, "node_id": command.node_id}
    return Written(id=await work.start_job(kind=JOB, parameters=parameters))


async def _refuse_foreign(work: Work, command: GenerateStatements) -> None:
    """Ask whether the caller may write for all communities that are to state something."""
    node_id = command.node_id or await read_district_id(work.connection)
    asked = [node_id] if node_id else []
    sides: Sides = await read_sides(work, [command.stated_by], community_ids=asked)
    sides.refuse_foreign_community(command.stated_by, node_id or "", field="node_id")


async def keep_generated(work: Work, drafts: Sequence[FeedbackStatement]) -> int:
    """Keep first versions; whoever has one for the period gets no other. Returns how many were kept.

    Members who were merged or erased since the drafts were made get none.
    """
    members = await lock_members(work.connection, [each.member_id for each in drafts])
    still_there = [
        each
        for each in drafts
        if (member := members.get(each.member_id)) and not member.merged_into and not member.erased_at
    ]
    kept = await insert_statements(work.connection, still_there)
    for draft in still_there:
        if draft.id in kept:
            of_statement(draft).make(work)
    return len(kept)
