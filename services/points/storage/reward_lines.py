"""Reads and writes the lines of reward runs: frozen when planned, each issued once."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, cast, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.points.domain.reward import Line, LineState
from services.points.storage.board_tables import reward_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """A line of a plan and what became of it."""

    line: Line
    state: LineState
    reward_id: str
    """Empty before it is issued."""
    issued_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How far a run is issued."""

    lines: int
    issued_lines: int
    issued_fen: int

    @property
    def is_complete(self) -> bool:
        return self.issued_lines == self.lines


async def insert_lines(connection: AsyncConnection, run_id: str, lines: Iterable[Line]) -> None:
    rows = [
        {"run_id": run_id, **asdict(line), "state": LineState.PLANNED, "reward_id": None, "revision": 0}
        for line in lines
    ]
    await connection.execute(insert(reward_lines), rows)


async def read_lines(
    connection: AsyncConnection, run_ids: Collection[str]
) -> dict[str, tuple[KeptLine, ...]]:
    """Read the lines of runs, best first, by run id."""
    statement = (
        select(reward_lines)
        .where(reward_lines.c.run_id.in_(set(run_ids)))
        .order_by(reward_lines.c.run_id, reward_lines.c.line)
    )
    found: dict[str, list[KeptLine]] = {run_id: [] for run_id in run_ids}
    for row in await connection.execute(statement):
        found[row.run_id].append(_kept(row))
    return {run_id: tuple(lines) for run_id, lines in found.items()}


async def lock_planned_lines(connection: AsyncConnection, run_id: str, *, lines_max: int) -> list[Line]:
    """Read the next lines that are not issued, and hold them until the transaction ends."""
    statement = (
        select(reward_lines)
        .where(reward_lines.c.run_id == run_id, reward_lines.c.state == LineState.PLANNED)
        .order_by(reward_lines.c.line)
        .limit(lines_max)
        .with_for_update()
    )
    return [_line(row) for row in await connection.execute(statement)]


async def issue_lines(
    connection: AsyncConnection, run_id: str, reward_ids: Mapping[int, str], *, now: datetime
) -> None:
    """Move locked lines from planned to issued.

    Args:
        connection: Of the transaction that locked them.
        run_id: Their run.
        reward_ids: The id of each reward, by line.
        now: When they are issued.
    """
    is_planned = (
        (reward_lines.c.run_id == run_id)
        & (reward_lines.c.line == bindparam("of_line"))
        & (reward_lines.c.state == LineState.PLANNED)
    )
    issued = {"state": LineState.ISSUED, "issued_at": now, "revision": reward_lines.c.revision + 1}
    statement = update(reward_lines).where(is_planned).values(**issued, reward_id=bindparam("reward"))
    rows = [{"of_line": line, "reward": reward_ids[line]} for line in sorted(reward_ids)]
    if rows:
        await connection.execute(statement, rows)


async def read_tally(connection: AsyncConnection, run_id: str) -> Tally:
    """Count what is issued of a run."""
    is_issued = reward_lines.c.state == LineState.ISSUED
    statement = select(
        func.count(),
        cast(func.coalesce(func.sum(case((is_issued, 1), else_=0)), 0), BigInteger),
        cast(func.coalesce(func.sum(case((is_issued, reward_lines.c.amount_fen), else_=0)), 0), BigInteger),
    ).where(reward_lines.c.run_id == run_id)
    lines, issued_lines, issued_fen = (await connection.execute(statement)).one()
    return Tally(lines=lines, issued_lines=issued_lines, issued_fen=issued_fen)


def _kept(row: Any) -> KeptLine:
    return KeptLine(
        line=_line(row),
        state=LineState(row.state),
        reward_id=row.reward_id or "",
        issued_at=row.issued_at,
    )


def _line(row: Any) -> Line:
    return Line(
        line=row.line,
        member_id=row.member_id,
        place=row.place,
        score_milli=row.score_milli,
        wishes_fulfilled=row.wishes_fulfilled,
        counted_minutes=row.counted_minutes,
        amount_fen=row.amount_fen,
    )
