"""Lists who is missing, in the order of the members' codes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.sql.paging import cut_out
from services.members.domain.missing import Missing, MissingKind
from services.members.storage.affiliated import (
    communities_below,
    is_due,
    is_in_grid,
    is_known,
    is_of_unit,
    unit_at,
)
from services.members.storage.enrolment_tables import enrolment_renewals
from services.members.storage.enrolments import is_in_force
from services.members.storage.tables import enrolments, members
from services.members.storage.turnouts import Counting, participates

_last = enrolments.alias("last")


async def list_missing(
    connection: AsyncConnection,
    page: Page,
    counting: Counting,
    *,
    kind: MissingKind,
    node_id: str | None,
    work_unit_id: str | None,
) -> list[Missing]:
    """Read who misses something; one more than the page holds.

    Args:
        connection: Reads.
        page: By the members' codes.
        counting: When members are counted, and in which period they must have returned or participated.
        kind: What they miss.
        node_id: Only those enrolled at or below this node; who is not enrolled, only if they last were there.
        work_unit_id: Only those of this work unit and its sub-units.
    """
    if kind is MissingKind.NOT_ENROLLED:
        statement = _not_enrolled(counting.at, node_id=node_id)
    else:
        has_what_it_takes = (
            _is_renewed(counting)
            if kind is MissingKind.NOT_RENEWED
            else participates(counting, enrolments.c.member_id)
        )
        statement = _enrolled(counting.at, node_id=node_id).where(~has_what_it_takes)
    if work_unit_id is not None:
        statement = statement.where(is_of_unit(work_unit_id, at=counting.at))
    return [_missing(row) for row in await connection.execute(cut_out(statement, page, members.c.code))]


def _not_enrolled(at: datetime, *, node_id: str | None) -> Select[Any]:
    is_enrolled = exists().where(enrolments.c.member_id == members.c.member_id, is_in_force(at))
    statement = (
        _of(_last, at=at)
        .select_from(members.outerjoin(_last, _last.c.enrolment_id == _latest(at)))
        .where(~is_enrolled)
    )
    if node_id is None:
        return statement.where(is_due(at))
    below = communities_below(node_id, at=at)
    were_there = select(enrolments.c.member_id).where(enrolments.c.community_id.in_(below))
    return statement.where(is_known(at), members.c.member_id.in_(were_there), _last.c.community_id.in_(below))


def _enrolled(at: datetime, *, node_id: str | None) -> Select[Any]:
    statement = (
        _of(enrolments, at=at)
        .select_from(enrolments.join(members, members.c.member_id == enrolments.c.member_id))
        .where(is_in_force(at))
    )
    return statement if node_id is None else statement.where(is_in_grid(node_id, at=at))


def _of(held: Any, *, at: datetime) -> Select[Any]:
    return select(
        members.c.member_id,
        members.c.code,
        held.c.enrolment_id,
        held.c.community_id,
        unit_at(at).label("work_unit_id"),
    )


def _latest(at: datetime) -> ColumnElement[str]:
    """Name the last enrolment of a member that had begun by then."""
    begun = select(enrolments.c.enrolment_id).where(
        enrolments.c.member_id == members.c.member_id, ~enrolments.c.withdrawn, enrolments.c.enrolled_at <= at
    )
    return begun.order_by(enrolments.c.enrolled_at.desc()).limit(1).scalar_subquery()


def _is_renewed(counting: Counting) -> ColumnElement[bool]:
    """Say whether somebody returned in the period; who enrolled in it, was there."""
    renewed = exists().where(
        enrolment_renewals.c.enrolment_id == enrolments.c.enrolment_id,
        enrolment_renewals.c.period_id == counting.period.id,
    )
    return renewed | (enrolments.c.enrolled_at >= counting.period.starts_at)


def _missing(row: Any) -> Missing:
    return Missing(
        member_id=row.member_id,
        code=row.code,
        community_id=row.community_id,
        enrolment_id=row.enrolment_id,
        work_unit_id=row.work_unit_id,
    )
