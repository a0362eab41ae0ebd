"""Reads and writes who took part, as derived from received facts."""

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, and_, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.columns import insert_columns
from services.members.domain.participation import Participation
from services.members.domain.policy import ParticipationKind
from services.members.storage.tables import participations


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
            kind=ParticipationKind(row.kind) if row.kind else None,
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
    await insert_columns(connection, participations, rows)
