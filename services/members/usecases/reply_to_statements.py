"""Let work units answer statements."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.sides import Side
from services.members.domain.statement import reply_to
from services.members.usecases.move_statements import MovesStatement, move_statements


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyToStatement(MovesStatement):
    """Answer a statement."""

    reply: str


async def reply_to_statements(work: Work, commands: Sequence[ReplyToStatement]) -> list[Written | Fault]:
    return await move_statements(
        work,
        commands,
        lambda statement, command: reply_to(
            statement, reply=command.reply, at=work.now, by=command.stated_by
        ),
        side=Side.WORK_UNIT,
    )
