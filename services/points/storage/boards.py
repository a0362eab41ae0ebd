"""Reads and writes definitions of boards."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.pages import Page
from services.chassis.periods import PeriodKind
from services.chassis.sql.paging import cut_out
from services.chassis.sql.statements import insert_free
from services.chassis.work import Work
from services.points.domain.board import Board, BoardScope, TieKey
from services.points.domain.faults import BoardUnknown
from services.points.storage.board_tables import boards


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedBoard:
    """A board as it is kept."""

    board_id: str
    code: str
    name: str
    definition: Board
    created_by: str
    created_at: datetime


async def read_boards(connection: AsyncConnection) -> list[NamedBoard]:
    """Read all boards: a district has a handful."""
    rows = await connection.execute(select(boards).order_by(boards.c.code))
    return [_board(row) for row in rows]


async def list_boards(connection: AsyncConnection, page: Page) -> list[NamedBoard]:
    """Read boards in the order of their codes; one more than the page holds."""
    statement = cut_out(select(boards), page, boards.c.code)
    return [_board(row) for row in await connection.execute(statement)]


async def read_board(connection: AsyncConnection, board_id: str) -> NamedBoard:
    """Read one board.

    Raises:
        BoardUnknown: There is none with that id.
    """
    row = (await connection.execute(select(boards).where(boards.c.board_id == board_id))).one_or_none()
    if row is None:
        raise BoardUnknown(field="board_id", board_id=board_id)
    return _board(row)


async def read_taken_codes(connection: AsyncConnection, codes: Collection[str]) -> set[str]:
    statement = select(boards.c.code).where(boards.c.code.in_(set(codes)))
    return set((await connection.execute(statement)).scalars())


async def insert_boards(work: Work, created: Iterable[NamedBoard]) -> set[str]:
    """Insert boards; returns the ids of those whose code was still free."""
    rows = [
        {
            "board_id": board.board_id,
            "code": board.code,
            "name": board.name,
            "scope": board.definition.scope,
            "period_kind": board.definition.period_kind,
            "tie_keys": write_tie_keys(board.definition.tie_keys),
            "created_by": board.created_by,
            "created_at": board.created_at,
        }
        for board in sorted(created, key=lambda board: board.code)
    ]
    return await insert_free(work.connection, boards.c.board_id, rows)


def write_tie_keys(tie_keys: Iterable[TieKey]) -> str:
    return ",".join(tie_keys)


def read_tie_keys(text: str) -> tuple[TieKey, ...]:
    return tuple(TieKey(key) for key in text.split(",") if key)


def _board(row: Any) -> NamedBoard:
    return NamedBoard(
        board_id=row.board_id,
        code=row.code,
        name=row.name,
        definition=Board(
            scope=BoardScope(row.scope),
            period_kind=PeriodKind(row.period_kind),
            tie_keys=read_tie_keys(row.tie_keys),
        ),
        created_by=row.created_by,
        created_at=row.created_at,
    )
