"""Issue the next lines of a reward run."""

from linli.points.v1.facts_pb2 import RewardFact

from services.chassis.ids import new_id
from services.chassis.work import Work
from services.points.domain.faults import RunUnknown
from services.points.domain.run import RunState, complete_execution, must_be_executing
from services.points.storage.reward_lines import Tally, issue_lines, lock_planned_lines, read_tally
from services.points.storage.reward_runs import lock_runs, update_runs

LINES_PER_STEP_MAX = 100


async def issue_rewards(work: Work, *, run_id: str) -> Tally:
    """Issue some lines that are not issued yet, and close the run once none is left.

    Whoever comes second waits for the lock on the run and finds the lines issued, so each is issued once,
    however often and by however many this is called; on an executed run it changes nothing.

    Returns:
        How far the run is now.

    Raises:
        RunUnknown: There is no such run.
        WrongState: Its execution was not begun.
    """
    run = (await lock_runs(work.connection, [run_id])).get(run_id)
    if run is None:
        raise RunUnknown(run_id=run_id)
    if run.state is not RunState.EXECUTED:
        must_be_executing(run=run)
        await _issue(work, run_id)
    tally = await read_tally(work.connection, run_id)
    if tally.is_complete and run.state is RunState.EXECUTING:
        await update_runs(work.connection, [complete_execution(run=run, now=work.now)])
    return tally


async def _issue(work: Work, run_id: str) -> None:
    lines = await lock_planned_lines(work.connection, run_id, lines_max=LINES_PER_STEP_MAX)
    reward_ids = {line.line: new_id() for line in lines}
    await issue_lines(work.connection, run_id, reward_ids, now=work.now)
    for line in lines:
        reward_id = reward_ids[line.line]
        body = RewardFact(
            reward_id=reward_id, run_id=run_id, member_id=line.member_id, amount_fen=line.amount_fen
        )
        work.state(
            record_id=reward_id,
            revision=1,
            effective_at=work.now,
            subjects=[("member", line.member_id)],
            body=body,
        )
