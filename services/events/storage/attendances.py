from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Row, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.among import is_among
from services.chassis.sql.columns import insert_columns
from services.chassis.sql.paging import cut_out
from services.chassis.sql.statements import insert_free
from services.events.domain.attendance import Attendance, AttendanceState
from services.events.storage.records import row_of, update_records
from services.events.storage.tables import attendances, attendees

_LOCK: Final = (
    select(attendances)
    .where(is_among(attendances.c.attendance_id, bindparam("attendance_ids")))
    .order_by(attendances.c.attendance_id)
    .with_for_update()
)


async def admit_attendees(connection: AsyncConnection, member_ids: Collection[str]) -> None:
    """Give members who never signed in the row that is locked while their stays are decided."""
    rows = [{"member_id": member_id} for member_id in sorted(member_ids)]
    await insert_columns(connection, attendees, rows, conflict="ignore")


async def lock_stays(
    connection: AsyncConnection, member_ids: Collection[str], *, start: datetime, end: datetime
) -> dict[str, list[Attendance]]:
    """Read the stays of members, and let nobody else decide about stays of theirs until the end.

    A lock on the stays would not do: there may be none yet, and two transactions may each add one.

    Returns:
        By member: the open stay, and those that count and reach into the time from `start` to `end`.
    """
    members = sorted(member_ids)
    lock = select(attendees.c.member_id).where(is_among(attendees.c.member_id, members))
    await connection.execute(lock.order_by(attendees.c.member_id).with_for_update())
    statement = select(attendances).where(
        is_among(attendances.c.member_id, members),
        attendances.c.state != AttendanceState.REVOKED,
        attendances.c.signed_in_at <= end,
        or_(attendances.c.signed_out_at.is_(None), attendances.c.signed_out_at >= start),
    )
    stays: dict[str, list[Attendance]] = {member_id: [] for member_id in members}
    for row in await connection.execute(statement):
        stays[row.member_id].append(attendance_of(row))
    return stays


async def lock_attendances(
    connection: AsyncConnection, attendance_ids: Collection[str]
) -> dict[str, Attendance]:
    """Read attendances by id, locked until the transaction ends; those unknown are left out."""
    found = await connection.execute(_LOCK, {"attendance_ids": list(attendance_ids)})
    return {row.attendance_id: attendance_of(row) for row in found}


async def list_attendances(
    connection: AsyncConnection, page: Page, *, activity_id: str = "", member_id: str = ""
) -> list[Attendance]:
    """Read one more than a page, in the order of ids."""
    statement = cut_out(select(attendances), page, attendances.c.attendance_id)
    if activity_id:
        statement = statement.where(attendances.c.activity_id == activity_id)
    if member_id:
        statement = statement.where(attendances.c.member_id == member_id)
    return [attendance_of(row) for row in await connection.execute(statement)]


async def insert_attendances(connection: AsyncConnection, begun: Sequence[Attendance]) -> set[str]:
    """Store new stays; returns the ids of those whose member has no other open stay."""
    rows = [row_of(stay, attendances) for stay in sorted(begun, key=lambda stay: stay.member_id)]
    return await insert_free(connection, attendances.c.attendance_id, rows)


async def end_stays(connection: AsyncConnection, ended: Sequence[Attendance]) -> None:
    columns = ("state", "signed_out_at")
    await update_records(connection, attendances.c.attendance_id, ended, columns=columns)


async def update_hours(connection: AsyncConnection, changed: Sequence[Attendance]) -> None:
    columns = ("state", "confirmed_minutes", "confirmed_by", "revoked_by", "revocation", "revision")
    await update_records(connection, attendances.c.attendance_id, changed, columns=columns)


def attendance_of(row: Row[*tuple[object, ...]]) -> Attendance:
    """Make an attendance of a row that has at least the columns of the table."""
    return Attendance(
        attendance_id=row.attendance_id,
        activity_id=row.activity_id,
        member_id=row.member_id,
        state=AttendanceState(row.state),
        signed_in_at=row.signed_in_at,
        signed_out_at=row.signed_out_at,
        confirmed_minutes=row.confirmed_minutes,
        confirmed_by=row.confirmed_by,
        revoked_by=row.revoked_by,
        revocation=row.revocation,
        revision=row.revision,
    )
