"""Send statements to their work units."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.sides import Side
from services.members.domain.statement import due_after, send
from services.members.storage.policies import read_policy
from services.members.usecases.move_statements import MovesStatement, move_statements


class SendStatement(MovesStatement):
    """Send a draft."""


async def send_statements(
    work: Work, commands: Sequence[SendStatement], *, zone: ZoneInfo
) -> list[Written | Fault]:
    """Send drafts.

    Args:
        work: One transaction.
        commands: Of any statements.
        zone: The district's, in which the days to acknowledge are counted.
    """
    days = (await read_policy(work.connection)).acknowledgement_days
    due_at = due_after(work.now, days=days, zone=zone)
    return await move_statements(
        work,
        commands,
        lambda statement, _command: send(statement, at=work.now, due_at=due_at),
        side=Side.COMMUNITY,
    )
