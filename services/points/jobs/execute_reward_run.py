"""The job that issues a reward run, a chunk of lines a step."""

from services.chassis.jobs.runner import Job, Progress
from services.chassis.work import Work
from services.points.usecases.issue_rewards import issue_rewards


async def execute_reward_run(work: Work, job: Job) -> Progress:
    """Issue the next lines of the run that the job names; the lines themselves tell how far it is."""
    run_id = job.parameters["run_id"]
    tally = await issue_rewards(work, run_id=run_id)
    return Progress(
        done=tally.issued_lines,
        total=tally.lines,
        result={"run_id": run_id, "issued_lines": tally.issued_lines, "issued_fen": tally.issued_fen}
        if tally.is_complete
        else None,
    )
