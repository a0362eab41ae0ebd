from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.paging import cut_out
from services.chassis.sql.statements import insert_free
from services.events.domain.activity import Activity, ActivityState
from services.events.storage.records import row_of, update_records
from services.events.storage.tables import activities

_BY_ID: Final = (
    select(activities)
    .where(is_among(activities.c.activity_id, bindparam("activity_ids")))
    .order_by(activities.c.activity_id)
)
_LOCK: Final = _BY_ID.with_for_update()
_SHARE: Final = _BY_ID.with_for_update(read=True)


async def lock_activities(
    connection: AsyncConnection, activity_ids: Collection[str], *, shared: bool = False
) -> dict[str, Activity]:
    """Read activities by id, and hold them as they are until the transaction ends.

    Args:
        connection: Of a transaction that writes.
        activity_ids: Those unknown are left out.
        shared: Others may hold them too; for who decides by them and does not change them.
    """
    lock = _SHARE if shared else _LOCK
    found = await connection.execute(lock, {"activity_ids": list(activity_ids)})
    return {row.activity_id: activity_of(row) for row in found}


async def read_activity(connection: AsyncConnection, activity_id: str) -> Activity | None:
    statement = select(activities).where(activities.c.activity_id == activity_id)
    row = (await connection.execute(statement)).one_or_none()
    return activity_of(row) if row else None


async def list_activities(
    connection: AsyncConnection, page: Page, *, community_id: str = ""
) -> list[Activity]:
    """Read one more than a page, in the order of codes."""
    statement = cut_out(select(activities), page, activities.c.code)
    if community_id:
        statement = statement.where(activities.c.community_id == community_id)
    return [activity_of(row) for row in await connection.execute(statement)]


async def insert_activities(connection: AsyncConnection, prepared: Sequence[Activity]) -> set[str]:
    """Store new activities; returns the ids of those whose code was free."""
    rows = [row_of(activity, activities) for activity in sorted(prepared, key=lambda a: a.code)]
    return await insert_free(connection, activities.c.activity_id, rows)


async def update_activities(connection: AsyncConnection, changed: Sequence[Activity]) -> None:
    columns = ("state", "published_at", "revision")
    await update_records(connection, activities.c.activity_id, changed, columns=columns)


def activity_of(row: Row[*tuple[object, ...]]) -> Activity:
    """Make an activity of a row that has at least the columns of the table."""
    return Activity(
        activity_id=row.activity_id,
        code=row.code,
        title=row.title,
        community_id=row.community_id,
        state=ActivityState(row.state),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        published_at=row.published_at,
        revision=row.revision,
    )
