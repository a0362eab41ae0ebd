"""Reads and writes who stands where. The order is the domain's: its merits are columns with an index."""

from collections.abc import Collection, Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, and_, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.sql.among import is_among
from services.chassis.sql.columns import delete_rows
from services.chassis.sql.derived import write_rows
from services.chassis.work import Work
from services.points.domain.board import Place, Table, TieKey, merits, rank
from services.points.domain.standing import Standing
from services.points.storage.board_tables import standings

_MERITS: Final = (standings.c.merit_1, standings.c.merit_2, standings.c.merit_3, standings.c.merit_4)


class StandingKey(NamedTuple):
    """Names a member on one table of one board, as the primary key does."""

    board_id: str
    scope_id: str
    period_id: str
    member_id: str


class Ranking(NamedTuple):
    """One table of one board, with what decides between equal scores there."""

    board_id: str
    table: Table
    tie_keys: tuple[TieKey, ...]


async def read_standings_of(
    connection: AsyncConnection, member_ids: Collection[str]
) -> dict[StandingKey, Standing]:
    """Read where members stand on every board."""
    statement = select(standings).where(is_among(standings.c.member_id, set(member_ids)))
    return {
        StandingKey(row.board_id, row.scope_id, row.period_id, row.member_id): _standing(row)
        for row in await connection.execute(statement)
    }


async def read_misordered(
    connection: AsyncConnection, member_ids: Collection[str], *, tie_keys: Mapping[str, tuple[TieKey, ...]]
) -> list[StandingKey]:
    """Read which standings of members the tables order by other merits than their own.

    Args:
        connection: Reads.
        member_ids: Whose standings.
        tie_keys: Of each board, by its id.
    """
    statement = select(standings).where(is_among(standings.c.member_id, set(member_ids)))
    return [
        StandingKey(row.board_id, row.scope_id, row.period_id, row.member_id)
        for row in await connection.execute(statement)
        if (row.merit_1, row.merit_2, row.merit_3, row.merit_4)
        != _padded(merits(standing=_standing(row), tie_keys=tie_keys.get(row.board_id, ())))
    ]


async def list_standing_members(connection: AsyncConnection, *, after: str, members_max: int) -> list[str]:
    """Read who stands on any board, in the order of their ids, after one of them."""
    statement = (
        select(standings.c.member_id)
        .where(standings.c.member_id > after)
        .distinct()
        .order_by(standings.c.member_id)
        .limit(members_max)
    )
    return list((await connection.execute(statement)).scalars())


async def replace_standings(
    work: Work,
    *,
    held: Mapping[StandingKey, Standing],
    wanted: Mapping[StandingKey, Standing],
    tie_keys: Mapping[str, tuple[TieKey, ...]],
) -> None:
    """Store the difference between what is held and what is wanted of the same members.

    Args:
        work: One transaction.
        held: As it is stored.
        wanted: As it should be.
        tie_keys: Of each board, by its id.
    """
    await delete_rows(work.connection, standings, held.keys() - wanted.keys())
    changed = (
        _row(key, standing, tie_keys=tie_keys[key.board_id])
        for key, standing in wanted.items()
        if held.get(key) != standing
    )
    await write_rows(work.connection, standings, changed)


async def read_top(connection: AsyncConnection, ranking: Ranking, *, places_max: int) -> list[Place]:
    """Read the best of a table, best first, equals in the order of their ids."""
    statement = (
        select(standings).where(_is_on(ranking)).order_by(*_MERITS, standings.c.member_id).limit(places_max)
    )
    best = [_standing(row) for row in await connection.execute(statement)]
    return rank(standings=best, tie_keys=ranking.tie_keys)


async def read_place(connection: AsyncConnection, ranking: Ranking, *, member_id: str) -> Place | None:
    """Read where one member stands: behind everybody who is strictly better."""
    statement = select(standings).where(_is_on(ranking), standings.c.member_id == member_id)
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    standing = _standing(row)
    mine = _padded(merits(standing=standing, tie_keys=ranking.tie_keys))
    is_better = tuple_(*_MERITS) < tuple_(*(literal(merit, BigInteger) for merit in mine))
    better = select(func.count()).select_from(standings).where(_is_on(ranking), is_better)
    return Place(place=1 + (await connection.execute(better)).scalar_one(), standing=standing)


async def count_standings(connection: AsyncConnection, ranking: Ranking) -> int:
    """Count who stands on a table."""
    statement = select(func.count()).select_from(standings).where(_is_on(ranking))
    return int((await connection.execute(statement)).scalar_one())


def _is_on(ranking: Ranking) -> ColumnElement[bool]:
    return and_(
        standings.c.board_id == ranking.board_id,
        standings.c.scope_id == ranking.table.scope_id,
        standings.c.period_id == ranking.table.period_id,
    )


def _padded(compared: tuple[int, ...]) -> tuple[int, ...]:
    """Fill up with merits in which all are equal."""
    return (*compared, *(0 for _ in range(len(_MERITS) - len(compared))))


def _row(key: StandingKey, standing: Standing, *, tie_keys: tuple[TieKey, ...]) -> dict[str, Any]:
    compared = _padded(merits(standing=standing, tie_keys=tie_keys))
    return {
        **key._asdict(),
        "score_milli": standing.score_milli,
        "wishes_fulfilled": standing.wishes_fulfilled,
        "counted_minutes": standing.counted_minutes,
        "reached_at": standing.reached_at,
        **{column.name: merit for column, merit in zip(_MERITS, compared, strict=True)},
    }


def _standing(row: Any) -> Standing:
    return Standing(
        member_id=row.member_id,
        score_milli=row.score_milli,
        wishes_fulfilled=row.wishes_fulfilled,
        counted_minutes=row.counted_minutes,
        reached_at=row.reached_at,
    )
