"""Reads and writes who took part, as derived from received facts."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.periods import Period
from services.members.domain.grid import Level
from services.members.domain.participation import Participation, ParticipationKind, Turnout
from services.members.storage.enrolments import is_in_force
from services.members.storage.grid_trees import subtree
from services.members.storage.tables import enrolments, members, participations


async def read_participations(connection: AsyncConnection, member_ids: Collection[str]) -> set[Participation]:
    """Read what is stored of some members."""
    return await _read(connection, participations.c.member_id.in_(set(member_ids)))


async def read_participations_between(
    connection: AsyncConnection, *, after: str, up_to: str | None
) -> set[Participation]:
    """Read what is stored of the members whose ids follow one and reach up to another, or to the end."""
    is_between = participations.c.member_id > after
    if up_to is not None:
        is_between &= participations.c.member_id <= up_to
    return await _read(connection, is_between)


async def _read(connection: AsyncConnection, where: ColumnElement[bool]) -> set[Participation]:
    return {
        Participation(
            member_id=row.member_id,
            log=row.log,
            record_id=row.record_id,
            effective_at=row.effective_at,
            # A row of an earlier version has none, and is replaced when the member is next computed.
            kind=ParticipationKind(row.kind) if row.kind else ParticipationKind.HOURS,
            minutes=row.minutes,
        )
        for row in await connection.execute(select(participations).where(where))
    }


async def delete_participations(connection: AsyncConnection, gone: Iterable[Participation]) -> None:
    keys = [{"member": each.member_id, "of_log": each.log, "record": each.record_id} for each in gone]
    if keys:
        is_gone = and_(
            participations.c.member_id == bindparam("member"),
            participations.c.log == bindparam("of_log"),
            participations.c.record_id == bindparam("record"),
        )
        await connection.execute(delete(participations).where(is_gone), keys)


async def insert_participations(connection: AsyncConnection, derived: Iterable[Participation]) -> None:
    rows = [
        {
            "member_id": each.member_id,
            "log": each.log,
            "record_id": each.record_id,
            "effective_at": each.effective_at,
            "kind": each.kind,
            "minutes": each.minutes,
        }
        for each in derived
    ]
    if rows:
        await connection.execute(insert(participations), rows)


async def read_turnout(
    connection: AsyncConnection,
    *,
    period: Period,
    counted_at: datetime,
    node_id: str | None,
    work_unit_id: str | None,
) -> Turnout:
    """Count who is enrolled at a moment and which of them took part in a period.

    Args:
        connection: Reads.
        period: In which they took part.
        counted_at: When those enrolled are counted.
        node_id: Only those enrolled at or below this node.
        work_unit_id: Only those of this work unit.
    """
    took_part = exists().where(
        participations.c.member_id == enrolments.c.member_id,
        participations.c.effective_at >= period.starts_at,
        participations.c.effective_at < period.ends_at,
    )
    statement = select(
        func.count().label("enrolled"),
        cast(func.coalesce(func.sum(case((took_part, 1), else_=0)), 0), BigInteger).label("participating"),
    ).where(is_in_force(counted_at))
    if node_id is not None:
        communities = subtree(node_id, at=counted_at, down_to=Level.COMMUNITY)
        statement = statement.where(enrolments.c.community_id.in_(select(communities.c.node_id)))
    if work_unit_id is not None:
        statement = statement.join(members, members.c.member_id == enrolments.c.member_id).where(
            members.c.work_unit_id == work_unit_id
        )
    row = (await connection.execute(statement.select_from(enrolments))).one()
    return Turnout(enrolled=row.enrolled, participating=row.participating)
