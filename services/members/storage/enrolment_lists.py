"""Lists enrolments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.paging import cut_out
from services.members.domain.enrolment import Enrolment
from services.members.storage.affiliated import is_in_grid, is_of_unit
from services.members.storage.enrolments import complete, is_in_force
from services.members.storage.tables import enrolments, members

PAGE_KEY: Final = (datetime, str)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which enrolments are meant; None: all."""

    member_id: str | None
    node_id: str | None
    work_unit_id: str | None
    as_of: datetime | None
    active_only: bool
    late_only: bool


async def list_enrolments(
    connection: AsyncConnection, page: Page, wanted: Filter, *, now: datetime
) -> Sequence[Enrolment]:
    """Read enrolments in the order of their beginnings and ids; one more than the page holds.

    Args:
        connection: Reads.
        page: By beginning and id.
        wanted: Which ones. Where members and communities belong is asked as of `as_of`, or now.
        now: The database's clock.
    """
    at = wanted.as_of or now
    statement = cut_out(select(enrolments), page, enrolments.c.enrolled_at, enrolments.c.enrolment_id)
    if wanted.member_id is not None:
        statement = statement.where(enrolments.c.member_id == wanted.member_id)
    if wanted.node_id is not None:
        statement = statement.where(is_in_grid(wanted.node_id, at=at))
    if wanted.work_unit_id is not None:
        of_unit = select(members.c.member_id).where(is_of_unit(wanted.work_unit_id, at=at))
        statement = statement.where(enrolments.c.member_id.in_(of_unit))
    if wanted.as_of is not None:
        statement = statement.where(is_in_force(wanted.as_of))
    if wanted.active_only:
        statement = statement.where(enrolments.c.ended_at.is_(None), ~enrolments.c.withdrawn)
    if wanted.late_only:
        statement = statement.where(enrolments.c.late)
    return await complete(connection, await connection.execute(statement))
