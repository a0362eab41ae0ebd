"""Plan reward runs from a board as it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from services.chassis.faults import Fault, NotCaughtUp
from services.chassis.ids import new_id
from services.chassis.periods import Period
from services.chassis.sql.database import RunAgain
from services.chassis.work import Work, Written
from services.points.domain.board import Place
from services.points.domain.reward import Band, Inputs, digest, must_be_well_formed, places_needed, plan
from services.points.domain.run import Run, RunState
from services.points.storage.boards import read_board
from services.points.storage.reflection import Reflection, read_reflection, read_rule_set_ids
from services.points.storage.reward_runs import insert_run
from services.points.storage.standings import Ranking, read_top


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRun:
    """Freeze who gets what."""

    board_id: str
    scope_id: str
    """Empty on a board of the district."""
    period_id: str
    bands: tuple[Band, ...]
    budget_fen: int
    at_least: Mapping[str, int]
    """What the board must reflect: log to position."""
    planned_by: str


async def plan_run(work: Work, commands: Sequence[PlanRun], *, zone: ZoneInfo) -> list[Written | Fault]:
    """Plan runs, each from its own board; there are a few a year, so each reads for itself."""
    outcomes: list[Written | Fault] = []
    for command in commands:
        try:
            outcomes.append(Written(id=await _plan(work, command, zone=zone)))
        except Fault as fault:
            outcomes.append(fault)
    return outcomes


async def _plan(work: Work, command: PlanRun, *, zone: ZoneInfo) -> str:
    must_be_well_formed(command.bands)
    board = await read_board(work.connection, command.board_id)
    table = board.definition.table(scope_id=command.scope_id, period_id=command.period_id, zone=zone)
    ranking = Ranking(board.board_id, table, board.definition.tie_keys)
    reflection, places = await _read(work, command, ranking, zone=zone)
    lines = plan(places=places, bands=command.bands, budget_fen=command.budget_fen)
    inputs = Inputs(
        board_id=command.board_id,
        scope_id=command.scope_id,
        period_id=command.period_id,
        bands=command.bands,
        budget_fen=command.budget_fen,
        positions=reflection.positions,
        rule_set_ids=reflection.rule_set_ids,
        tie_keys=ranking.tie_keys,
    )
    run = Run(
        run_id=new_id(),
        state=RunState.PLANNED,
        digest=digest(inputs=inputs, lines=lines),
        planned_by=command.planned_by,
        planned_at=work.now,
    )
    await insert_run(
        work.connection, run=run, inputs=inputs, lines=lines, parked_subjects=reflection.parked_subjects
    )
    return run.run_id


async def _read(
    work: Work, command: PlanRun, ranking: Ranking, *, zone: ZoneInfo
) -> tuple[Reflection, list[Place]]:
    """Read the best of the table, and what it reflects.

    Statements of one transaction see one state on SQLite; on PostgreSQL each sees what is committed when it
    begins. Positions read before the table claim too little at worst; rules are read on both sides of it.
    """
    period = Period.parse(command.period_id, zone=zone)
    reflection = await read_reflection(work.connection, period=period)
    _must_reflect(command.at_least, reflection)
    places = await read_top(work.connection, ranking, places_max=places_needed(command.bands))
    if await read_rule_set_ids(work.connection, period=period) != reflection.rule_set_ids:
        raise RunAgain
    return reflection, places


def _must_reflect(at_least: Mapping[str, int], reflection: Reflection) -> None:
    """Hold to the positions asked for: rules or boards may have changed since the doorway waited."""
    lagging = {
        log: reflection.positions[log]
        for log, position in at_least.items()
        if log in reflection.positions and reflection.positions[log] < position
    }
    if lagging:
        raise NotCaughtUp(reached=", ".join(f"{log} {position}" for log, position in lagging.items()))
