"""Start the execution of reward runs."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.points.domain.run import Run, begin_execution
from services.points.usecases.moving_runs import MovesRun, move_runs

JOB = "execute_reward_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecuteRun(MovesRun):
    """Issue every line of an approved run, once."""


async def execute_run(work: Work, commands: Sequence[ExecuteRun]) -> list[Written | Fault]:
    """Begin to issue approved runs, each by a job; what is written is the job."""
    going_on = await work.read_open_jobs(kind=JOB)
    run_ids = {parameters["run_id"] for parameters in going_on}

    def decide(run: Run, _command: ExecuteRun) -> Run:
        was_given_up = run.run_id not in run_ids
        run_ids.add(run.run_id)
        return begin_execution(run=run, was_given_up=was_given_up)

    return [
        moved
        if isinstance(moved, Fault)
        else Written(id=await work.start_job(kind=JOB, parameters={"run_id": moved.run_id}))
        for moved in await move_runs(work, commands, decide)
    ]
