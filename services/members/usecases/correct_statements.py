"""Begin new versions of statements; a job computes their figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.chassis.deciding import accepted, decide_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.work import Work, Written
from services.members.domain.register import refuse_gone
from services.members.domain.statement import FeedbackStatement, StatementState, correct
from services.members.domain.statement_faults import StatementUnknown
from services.members.storage.members import lock_members
from services.members.storage.reasons import Reason, keep_reasons
from services.members.storage.sides import read_sides
from services.members.storage.statement_facts import of_statement
from services.members.storage.statements import insert_statements, lock_statements, read_statements
from services.members.usecases.move_statements import MovesStatement

JOB: Final = "compute_statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectStatement(MovesStatement):
    """Begin the next version of a statement."""

    reason: str
    comment: str | None
    """None: that of the version before."""


async def correct_statements(work: Work, commands: Sequence[CorrectStatement]) -> list[Written | Fault]:
    """Begin new versions, each decided by itself and in order, while statements and members are locked."""
    ids = {command.statement_id for command in commands}
    found = await read_statements(work.connection, ids)
    members = await lock_members(work.connection, {each.member_id for each in found.values()})
    held = await lock_statements(work.connection, ids)
    going_on = {each["statement_id"] for each in await work.read_open_jobs(kind=JOB)}
    sides = await read_sides(
        work,
        (command.stated_by for command in commands),
        community_ids={each.community_id for each in held.values()},
    )
    reasons: list[Reason] = []

    def decide(command: CorrectStatement) -> FeedbackStatement:
        statement = held.get(command.statement_id)
        if statement is None:
            raise StatementUnknown(field="statement_id", statement_id=command.statement_id)
        sides.refuse_foreign_community(command.stated_by, statement.community_id, field="statement_id")
        if statement.state is StatementState.COMPUTING and statement.id not in going_on:
            going_on.add(statement.id)
            return statement  # the job that computes it was given up
        refuse_gone(members[statement.member_id], field="statement_id")
        corrected = correct(statement, new_id=new_id(), comment=command.comment, at=work.now)
        held[statement.id] = statement.superseded_by(corrected)
        reasons.append(
            Reason(record_id=corrected.id, revision=1, reason=command.reason, stated_by=command.stated_by)
        )
        return corrected

    decided = decide_each(commands, decide)
    begun = [each for each in accepted(decided) if each.id not in found]
    await insert_statements(work.connection, begun)
    await keep_reasons(work, reasons)
    return [
        each if isinstance(each, Fault) else await _begin(work, each, is_new=each.id not in found)
        for each in decided
    ]


async def _begin(work: Work, statement: FeedbackStatement, *, is_new: bool) -> Written:
    await work.start_job(kind=JOB, parameters={"statement_id": statement.id})
    return Written(id=statement.id, facts=(of_statement(statement).make(work),) if is_new else ())
