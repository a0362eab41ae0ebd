"""Reads and writes reward runs: the inputs of the plan are frozen, the life of the run goes on."""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.points.domain.faults import RunUnknown
from services.points.domain.reward import Band, Inputs, Line, digest
from services.points.domain.run import Run, RunState
from services.points.storage.board_tables import reward_runs
from services.points.storage.boards import read_tie_keys, write_tie_keys
from services.points.storage.reward_lines import KeptLine, insert_lines, read_lines

_LIFE = ("state", "approved_by", "approved_at", "executed_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRun:
    """A run with its plan."""

    run: Run
    inputs: Inputs
    parked_subjects: int
    """That could not be computed when the run was planned."""
    lines: tuple[KeptLine, ...]
    """Best first."""

    @property
    def digest_now(self) -> str:
        """Computed anew, from the plan as it is stored."""
        return digest(inputs=self.inputs, lines=[kept.line for kept in self.lines])


async def insert_run(
    connection: AsyncConnection, *, run: Run, inputs: Inputs, lines: Iterable[Line], parked_subjects: int
) -> None:
    """Freeze a plan."""
    row = {
        **asdict(run),
        "board_id": inputs.board_id,
        "scope_id": inputs.scope_id,
        "period_id": inputs.period_id,
        "bands": json.dumps([asdict(band) for band in inputs.bands]),
        "budget_fen": inputs.budget_fen,
        "positions": json.dumps(dict(inputs.positions), sort_keys=True),
        "rule_set_ids": json.dumps(inputs.rule_set_ids),
        "tie_keys": write_tie_keys(inputs.tie_keys),
        "parked_subjects": parked_subjects,
    }
    await connection.execute(insert(reward_runs), [row])
    await insert_lines(connection, run.run_id, lines)


async def lock_runs(connection: AsyncConnection, run_ids: Collection[str]) -> dict[str, Run]:
    """Read runs, without their plans, and hold them until the transaction ends."""
    statement = (
        select(reward_runs)
        .where(reward_runs.c.run_id.in_(set(run_ids)))
        .order_by(reward_runs.c.run_id)
        .with_for_update()
    )
    return {row.run_id: _run(row) for row in await connection.execute(statement)}


async def update_runs(connection: AsyncConnection, moved: Iterable[Run]) -> None:
    """Store where locked runs stand now; the plan never changes."""
    rows = [
        {"of_run": run.run_id, **{f"new_{name}": getattr(run, name) for name in _LIFE}}
        for run in sorted(moved, key=lambda run: run.run_id)
    ]
    if rows:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in _LIFE}
        of_run = reward_runs.c.run_id == bindparam("of_run")
        await connection.execute(update(reward_runs).where(of_run).values(values), rows)


async def read_run(connection: AsyncConnection, run_id: str) -> KeptRun:
    """Read a run with its plan.

    Raises:
        RunUnknown: There is none with that id.
    """
    statement = select(reward_runs).where(reward_runs.c.run_id == run_id)
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        raise RunUnknown(field="run_id", run_id=run_id)
    return _kept(row, (await read_lines(connection, [run_id]))[run_id])


async def list_runs(connection: AsyncConnection, *, after_run_id: str, runs_max: int) -> list[KeptRun]:
    """Read runs with their plans in the order of their ids, after one of them."""
    statement = (
        select(reward_runs)
        .where(reward_runs.c.run_id > after_run_id)
        .order_by(reward_runs.c.run_id)
        .limit(runs_max)
    )
    rows = (await connection.execute(statement)).all()
    lines = await read_lines(connection, [row.run_id for row in rows])
    return [_kept(row, lines[row.run_id]) for row in rows]


def _kept(row: Any, lines: tuple[KeptLine, ...]) -> KeptRun:
    inputs = Inputs(
        board_id=row.board_id,
        scope_id=row.scope_id,
        period_id=row.period_id,
        bands=tuple(Band(**band) for band in json.loads(row.bands)),
        budget_fen=row.budget_fen,
        positions=json.loads(row.positions),
        rule_set_ids=tuple(json.loads(row.rule_set_ids)),
        tie_keys=read_tie_keys(row.tie_keys),
    )
    return KeptRun(run=_run(row), inputs=inputs, parked_subjects=row.parked_subjects, lines=lines)


def _run(row: Any) -> Run:
    return Run(
        run_id=row.run_id,
        state=RunState(row.state),
        digest=row.digest,
        planned_by=row.planned_by,
        planned_at=row.planned_at,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        executed_at=row.executed_at,
    )
