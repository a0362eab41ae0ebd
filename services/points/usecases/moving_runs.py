"""What every step in the life of a reward run has in common."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.chassis.deciding import accepted, decide_each
from services.chassis.faults import Fault
from services.chassis.work import Work
from services.points.domain.faults import RunUnknown
from services.points.domain.run import Run
from services.points.storage.reward_runs import lock_runs, update_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesRun:
    """A command about one run."""

    run_id: str


Command = TypeVar("Command", bound=MovesRun)


async def move_runs(
    work: Work, commands: Sequence[Command], decide: Callable[[Run, Command], Run]
) -> list[Run | Fault]:
    """Move runs by commands in their order, while the runs are locked; a later one sees an earlier one.

    Args:
        work: One transaction.
        commands: Any number of a run.
        decide: Gives the run as it stands after the command, or raises a fault to refuse.
    """
    runs = await lock_runs(work.connection, [command.run_id for command in commands])

    def move(command: Command) -> Run:
        run = runs.get(command.run_id)
        if run is None:
            raise RunUnknown(field="run_id", run_id=command.run_id)
        runs[run.run_id] = decide(run, command)
        return runs[run.run_id]

    decided = decide_each(commands, move)
    await update_runs(work.connection, {run.run_id: run for run in accepted(decided)}.values())
    return decided
