"""Between messages and the domain, for reward runs; everything here is pure."""

from linli.points.v1 import reward_pb2 as pb

from services.chassis.call import Call
from services.chassis.moments import timestamp
from services.points.api.translate_boards import freshness_message
from services.points.domain.reward import Band, LineState, total_fen
from services.points.domain.run import RunState
from services.points.storage.reflection import Reflection
from services.points.storage.reward_lines import KeptLine
from services.points.storage.reward_runs import KeptRun
from services.points.usecases.approve_run import ApproveRun
from services.points.usecases.execute_run import ExecuteRun
from services.points.usecases.plan_run import PlanRun

_RUN_STATES = {
    RunState.PLANNED: pb.RunState.RUN_STATE_PLANNED,
    RunState.APPROVED: pb.RunState.RUN_STATE_APPROVED,
    RunState.EXECUTING: pb.RunState.RUN_STATE_EXECUTING,
    RunState.EXECUTED: pb.RunState.RUN_STATE_EXECUTED,
}
_LINE_STATES = {
    LineState.PLANNED: pb.LineState.LINE_STATE_PLANNED,
    LineState.ISSUED: pb.LineState.LINE_STATE_ISSUED,
}


def plan_run(request: pb.PlanRunRequest, call: Call) -> PlanRun:
    bands = tuple(
        Band(first_place=band.first_place, last_place=band.last_place, amount_fen=band.amount_fen)
        for band in request.bands
    )
    return PlanRun(
        board_id=request.board_id,
        scope_id=request.scope_id,
        period_id=request.period_id,
        bands=bands,
        budget_fen=request.budget_fen,
        at_least=dict(request.at_least),
        planned_by=str(call.caller),
    )


def approve_run(request: pb.ApproveRunRequest, call: Call) -> ApproveRun:
    return ApproveRun(run_id=request.run_id, digest=request.digest, approved_by=str(call.caller))


def execute_run(request: pb.ExecuteRunRequest, _call: Call) -> ExecuteRun:
    return ExecuteRun(run_id=request.run_id)


def run_message(kept: KeptRun) -> pb.RewardRun:
    run, inputs = kept.run, kept.inputs
    reflection = Reflection(
        positions=inputs.positions, parked_subjects=kept.parked_subjects, rule_set_ids=inputs.rule_set_ids
    )
    return pb.RewardRun(
        run_id=run.run_id,
        board_id=inputs.board_id,
        scope_id=inputs.scope_id,
        period_id=inputs.period_id,
        state=_RUN_STATES[run.state],
        lines=[_line_message(line) for line in kept.lines],
        total_fen=total_fen([each.line for each in kept.lines]),
        digest=run.digest,
        freshness=freshness_message(reflection, read_at=run.planned_at, tie_keys=inputs.tie_keys),
        planned_by=run.planned_by,
        approved_by=run.approved_by,
        planned_at=timestamp(run.planned_at),
        approved_at=timestamp(run.approved_at),
        executed_at=timestamp(run.executed_at),
    )


def receipt_message(kept: KeptRun) -> pb.Receipt:
    return pb.Receipt(
        run=run_message(kept),
        plan_digest=kept.digest_now,
        digest_matches=kept.digest_now == kept.run.digest,
        issued_fen=total_fen([each.line for each in kept.lines if each.state is LineState.ISSUED]),
    )


def _line_message(kept: KeptLine) -> pb.RunLine:
    line = kept.line
    return pb.RunLine(
        line=line.line,
        member_id=line.member_id,
        place=line.place,
        score_milli=line.score_milli,
        wishes_fulfilled=line.wishes_fulfilled,
        counted_minutes=line.counted_minutes,
        amount_fen=line.amount_fen,
        state=_LINE_STATES[kept.state],
        reward_id=kept.reward_id,
        issued_at=timestamp(kept.issued_at),
    )
