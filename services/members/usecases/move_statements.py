"""What every use case does that moves a statement on: lock, ask whose side it is, decide, store, state."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.chassis.deciding import decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.sides import Side
from services.members.domain.statement import FeedbackStatement
from services.members.domain.statement_faults import StatementUnknown
from services.members.storage.sides import read_sides
from services.members.storage.statement_facts import of_statement
from services.members.storage.statements import lock_statements, update_statements


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesStatement:
    """Move a statement on."""

    statement_id: str
    stated_by: str
    """`member:<id>` or `service:<name>`."""


Command = TypeVar("Command", bound=MovesStatement)


async def move_statements(
    work: Work,
    commands: Sequence[Command],
    decide: Callable[[FeedbackStatement, Command], FeedbackStatement],
    *,
    side: Side,
) -> list[Written | Fault]:
    """Move statements on, each decided by itself and in order, while they are locked.

    Args:
        work: One transaction.
        commands: Of any statements.
        decide: Gives what a statement becomes, or refuses.
        side: Whose side it is that is written.
    """
    held = await lock_statements(work.connection, {command.statement_id for command in commands})
    sides = await read_sides(
        work,
        (command.stated_by for command in commands),
        community_ids={each.community_id for each in held.values()} if side is Side.COMMUNITY else (),
        work_unit_ids={each.work_unit_id for each in held.values()} if side is Side.WORK_UNIT else (),
    )
    moved: dict[str, FeedbackStatement] = {}

    def decide_one(command: Command) -> FeedbackStatement:
        statement = moved.get(command.statement_id) or held.get(command.statement_id)
        if statement is None:
            raise StatementUnknown(field="statement_id", statement_id=command.statement_id)
        if side is Side.COMMUNITY:
            sides.refuse_foreign_community(command.stated_by, statement.community_id, field="statement_id")
        else:
            sides.refuse_foreign_work_unit(command.stated_by, statement.work_unit_id, field="statement_id")
        moved[statement.id] = decide(statement, command)
        return moved[statement.id]

    decided = decide_each(commands, decide_one)
    await update_statements(work.connection, moved.values())
    return settle_each(
        decided, lambda statement: Written(id=statement.id, facts=(of_statement(statement).make(work),))
    )
