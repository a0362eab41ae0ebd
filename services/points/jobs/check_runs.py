"""Verifies that reward runs are what was approved, and that each line was issued once."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from linli.points.v1.facts_pb2 import RewardFact
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.log import read_stated
from services.chassis.jobs.verify import Check, Checked
from services.points.domain.reward import LineState
from services.points.domain.run import RunState
from services.points.storage.reward_lines import KeptLine
from services.points.storage.reward_runs import KeptRun, list_runs

RUNS_PER_CHUNK = 10
NEVER_ISSUED = (RunState.PLANNED, RunState.APPROVED)


def runs_check() -> Check:
    """Compute every digest anew, and find for each issued line the one fact that states it."""
    return Check(name="reward runs are as approved, each line issued once", chunk=_chunk)


async def _chunk(connection: AsyncConnection, after: Any) -> Checked:
    runs = await list_runs(connection, after_run_id=after or "", runs_max=RUNS_PER_CHUNK)
    reward_ids = [line.reward_id for run in runs for line in run.lines if line.reward_id]
    stated = await read_stated(connection, reward_ids)
    facts = {
        record_id: [RewardFact.FromString(fact.body.value) for fact in of_record]
        for record_id, of_record in stated.items()
    }
    findings = [f"run {kept.run.run_id}: {problem}" for kept in runs for problem in _problems(kept, facts)]
    compared = sum(len(kept.lines) for kept in runs)
    return Checked(compared=compared, findings=findings, next=runs[-1].run.run_id if runs else None)


def _problems(kept: KeptRun, facts: Mapping[str, Sequence[RewardFact]]) -> Iterator[str]:
    run = kept.run
    if kept.digest_now != run.digest:
        yield f"its plan has the digest {kept.digest_now}, not {run.digest}"
    if run.approved_by == run.planned_by:
        yield f"{run.planned_by} planned it and approved it"
    states = Counter(line.state for line in kept.lines)
    if run.state in NEVER_ISSUED and states[LineState.ISSUED]:
        yield f"{states[LineState.ISSUED]} lines are issued, but it is {run.state}"
    if run.state is RunState.EXECUTED and states[LineState.PLANNED]:
        yield f"{states[LineState.PLANNED]} lines are not issued, but it is executed"
    for line in kept.lines:
        if line.state is LineState.ISSUED:
            yield from _problems_of_line(run.run_id, line, facts.get(line.reward_id, ()))


def _problems_of_line(run_id: str, kept: KeptLine, stated: Sequence[RewardFact]) -> Iterator[str]:
    line = kept.line
    due = RewardFact(
        reward_id=kept.reward_id, run_id=run_id, member_id=line.member_id, amount_fen=line.amount_fen
    )
    if list(stated) != [due]:
        yield f"line {line.line} is stated by {len(stated)} facts that say as much, or by others"
