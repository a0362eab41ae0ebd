"""Serves `RewardService`."""

from functools import partial

from linli.points.v1 import reward_pb2 as pb

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.rpc.table import Registration, Rpc
from services.points.api import translate_runs as translate
from services.points.api.access import ACCESS
from services.points.api.codes import CODES
from services.points.domain.run import must_be_executed
from services.points.storage.reward_runs import read_run
from services.points.usecases.approve_run import approve_run
from services.points.usecases.execute_run import execute_run
from services.points.usecases.plan_run import plan_run

SERVICE = pb.DESCRIPTOR.services_by_name["RewardService"]


def reward_service(frame: Frame) -> Registration:
    """Serve reward runs, from the plan to the receipt."""

    async def get_run(request: pb.GetRunRequest, _call: Call) -> pb.GetRunResponse:
        async with frame.database.read() as connection:
            kept = await read_run(connection, request.run_id)
        return pb.GetRunResponse(run=translate.run_message(kept))

    async def get_receipt(request: pb.GetReceiptRequest, _call: Call) -> pb.GetReceiptResponse:
        async with frame.database.read() as connection:
            kept = await read_run(connection, request.run_id)
        must_be_executed(run=kept.run)
        return pb.GetReceiptResponse(receipt=translate.receipt_message(kept))

    writes = frame.writes(SERVICE, CODES)
    rpcs: dict[str, Rpc] = {
        # A plan rests on the board, so it waits until the board reflects what the caller asks for.
        **writes.rpcs(
            "PlanRun",
            decode=translate.plan_run,
            usecase=partial(plan_run, zone=frame.zone),
            waits_for="applied",
        ),
        **writes.rpcs("ApproveRun", decode=translate.approve_run, usecase=approve_run),
        **writes.rpcs("ExecuteRun", decode=translate.execute_run, usecase=execute_run),
        "GetRun": get_run,
        "GetReceipt": get_receipt,
    }
    return Registration(descriptor=SERVICE, rpcs=rpcs, access=ACCESS, codes=CODES)
