"""Rewards the top ten: one person plans and executes, another approves exactly that plan."""

from linli.points.v1 import reward_pb2 as pb
from linli.points.v1.reward_pb2_grpc import RewardServiceStub

from services.console.calls import call
from services.console.demo.desk import FIRST_PERSON, SECOND_PERSON, Desk
from services.console.demo.findings import Receipt, Reward
from services.console.demo.reading import Names
from services.console.demo.rules import BANDS, BUDGET_YUAN, FEN_PER_YUAN
from services.console.demo.write_points import DISTRICT_BOARD
from services.console.demo.year import PERIOD_ID
from services.console.jobs import wait_for_job

_RUN = "top-ten"


async def reward_top_ten(desk: Desk, *, names: Names) -> Receipt:
    """Plan, approve and execute the run, and read the receipt; repeated, it is the same run."""
    service = RewardServiceStub(desk.channels["points"])
    run_id = await desk.write_one(service.PlanRun, _plan(desk), caller=FIRST_PERSON)
    run = (await call(service.GetRun, pb.GetRunRequest(run_id=run_id), caller=SECOND_PERSON)).run
    await desk.write_one(
        service.ApproveRun,
        pb.ApproveRunRequest(request_id=desk.request_id("approve", _RUN), run_id=run_id, digest=run.digest),
        caller=SECOND_PERSON,
    )
    job_id = await desk.write_one(
        service.ExecuteRun,
        pb.ExecuteRunRequest(request_id=desk.request_id("execute", _RUN), run_id=run_id),
        caller=FIRST_PERSON,
    )
    await wait_for_job(desk.channels["points"], service="points", job_id=job_id, caller=FIRST_PERSON)
    receipt = (
        await call(service.GetReceipt, pb.GetReceiptRequest(run_id=run_id), caller=FIRST_PERSON)
    ).receipt
    return Receipt(
        planned_by=receipt.run.planned_by,
        approved_by=receipt.run.approved_by,
        rewards=tuple(_reward(line, names) for line in receipt.run.lines),
        issued_fen=receipt.issued_fen,
        digest_matches=receipt.digest_matches,
    )


def _plan(desk: Desk) -> pb.PlanRunRequest:
    bands = [
        pb.RewardBand(
            first_place=band.first_place, last_place=band.last_place, amount_fen=band.yuan * FEN_PER_YUAN
        )
        for band in BANDS
    ]
    return pb.PlanRunRequest(
        request_id=desk.request_id("plan", _RUN),
        board_id=desk.ids[DISTRICT_BOARD],
        period_id=PERIOD_ID,
        bands=bands,
        budget_fen=BUDGET_YUAN * FEN_PER_YUAN,
        at_least=desk.at_least("members", "events"),
    )


def _reward(line: pb.RunLine, names: Names) -> Reward:
    member = names[line.member_id]
    return Reward(
        place=line.place,
        code=member.code,
        name=member.name,
        points_milli=line.score_milli,
        amount_fen=line.amount_fen,
        issued=line.state == pb.LineState.LINE_STATE_ISSUED,
    )
