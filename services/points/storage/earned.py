"""Reads what members earned in a period: the ledger's entries by when their facts happened."""

from collections.abc import Collection

from sqlalchemy import BigInteger, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.periods import Period
from services.chassis.sql.among import is_among
from services.points.domain.ledger import issued_account
from services.points.domain.rule_set import Currency
from services.points.storage.tables import entries


async def read_earned(
    connection: AsyncConnection, member_ids: Collection[str], *, currency: Currency, period: Period
) -> dict[str, int]:
    """Add up what is effective in a period, in milli-points; members without entries there are left out.

    A correction is effective when its fact is, whenever it was posted: it moves the period it belongs to.
    """
    is_taken_back = entries.c.to_account == issued_account(currency)
    moved_milli = case((is_taken_back, -entries.c.amount_milli), else_=entries.c.amount_milli)
    statement = (
        select(entries.c.member_id, cast(func.sum(moved_milli), BigInteger))
        .where(
            is_among(entries.c.member_id, sorted(member_ids)),
            entries.c.currency == currency,
            entries.c.effective_at >= period.starts_at,
            entries.c.effective_at < period.ends_at,
        )
        .group_by(entries.c.member_id)
    )
    return dict((await connection.execute(statement)).all())
