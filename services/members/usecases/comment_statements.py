"""Write the comments of communities on drafts."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.sides import Side
from services.members.domain.statement import comment_on
from services.members.usecases.move_statements import MovesStatement, move_statements


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentStatement(MovesStatement):
    """Let a draft have this comment."""

    comment: str


async def comment_statements(work: Work, commands: Sequence[CommentStatement]) -> list[Written | Fault]:
    return await move_statements(
        work,
        commands,
        lambda statement, command: comment_on(statement, comment=command.comment),
        side=Side.COMMUNITY,
    )
