"""Reads and writes for which periods enrolments were renewed (返报到)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.sql.columns import insert_columns
from services.members.storage.enrolment_tables import enrolment_renewals


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """A member returned to the community in a period."""

    enrolment_id: str
    period_id: str
    renewed_at: datetime


async def read_renewed_periods(
    connection: AsyncConnection, enrolment_ids: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Read the renewed periods in the order of their ids, by enrolment; those without any are left out."""
    if not enrolment_ids:
        return {}
    statement = (
        select(enrolment_renewals.c.enrolment_id, enrolment_renewals.c.period_id)
        .where(is_among(enrolment_renewals.c.enrolment_id, enrolment_ids))
        .order_by(enrolment_renewals.c.enrolment_id, enrolment_renewals.c.period_id)
    )
    found: dict[str, tuple[str, ...]] = {}
    for enrolment_id, period_id in await connection.execute(statement):
        found[enrolment_id] = (*found.get(enrolment_id, ()), period_id)
    return found


async def insert_renewals(connection: AsyncConnection, renewals: Sequence[Renewal]) -> None:
    """Insert renewals of enrolments whose members are locked."""
    rows = [
        {"enrolment_id": each.enrolment_id, "period_id": each.period_id, "renewed_at": each.renewed_at}
        for each in renewals
    ]
    await insert_columns(connection, enrolment_renewals, rows)
