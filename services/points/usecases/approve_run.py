"""Approve reward runs, by a second person."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.points.domain.run import Run, approve
from services.points.usecases.moving_runs import MovesRun, move_runs


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveRun(MovesRun):
    """Approve exactly the plan that was looked at."""

    digest: str
    approved_by: str


async def approve_run(work: Work, commands: Sequence[ApproveRun]) -> list[Written | Fault]:
    """Approve planned runs."""

    def decide(run: Run, command: ApproveRun) -> Run:
        return approve(run=run, digest=command.digest, approved_by=command.approved_by, now=work.now)

    return [
        moved if isinstance(moved, Fault) else Written(id=moved.run_id)
        for moved in await move_runs(work, commands, decide)
    ]
