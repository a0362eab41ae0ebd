"""Let work units take note of statements."""

from collections.abc import Sequence

from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.sides import Side
from services.members.domain.statement import acknowledge
from services.members.usecases.move_statements import MovesStatement, move_statements


class AcknowledgeStatement(MovesStatement):
    """Take note of a statement."""


async def acknowledge_statements(
    work: Work, commands: Sequence[AcknowledgeStatement]
) -> list[Written | Fault]:
    return await move_statements(
        work,
        commands,
        lambda statement, command: acknowledge(statement, at=work.now, by=command.stated_by),
        side=Side.WORK_UNIT,
    )
