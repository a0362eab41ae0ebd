"""What must hold of renewals; `verify` looks for breaches.

Whether somebody was late is not recomputed: it was decided by the policy of that day, and stays.
"""

from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.faults import PeriodMalformed
from services.chassis.jobs.verify import Check, Checked
from services.chassis.periods import Period
from services.members.storage.enrolment_tables import enrolment_renewals

RENEWALS_PER_CHUNK: Final = 1_000

_KEY: Final = (enrolment_renewals.c.enrolment_id, enrolment_renewals.c.period_id)


def checks_of_renewals(*, zone: ZoneInfo) -> list[Check]:
    """List the laws of renewals.

    Args:
        zone: The district's, whose calendar has the periods.
    """

    async def check(connection: AsyncConnection, after: Any) -> Checked:
        statement = select(enrolment_renewals).order_by(*_KEY).limit(RENEWALS_PER_CHUNK)
        if after is not None:
            statement = statement.where(tuple_(*_KEY) > tuple(after))
        rows = (await connection.execute(statement)).all()
        is_full = len(rows) == RENEWALS_PER_CHUNK
        return Checked(
            compared=len(rows),
            findings=[
                f"renewal of enrolment {row.enrolment_id} did not happen in {row.period_id}"
                for row in rows
                if not _happened_in(row, zone)
            ],
            next=[rows[-1].enrolment_id, rows[-1].period_id] if is_full else None,
        )

    return [Check(name="a renewal happened in its period", chunk=check)]


def _happened_in(row: Any, zone: ZoneInfo) -> bool:
    try:
        return Period.parse(row.period_id, zone=zone).contains(row.renewed_at)
    except PeriodMalformed:
        return False
