"""Serves `RuleService`."""

from typing import Final

from linli.points.v1 import rule_set_pb2 as pb

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.pages import Page
from services.chassis.rpc.table import Registration, Rpc
from services.points.api import translate_rules as translate
from services.points.api.access import ACCESS
from services.points.api.codes import CODES
from services.points.domain.faults import RuleSetUnknown
from services.points.storage.rule_sets import read_page, read_rule_sets
from services.points.usecases.approve_rule_sets import approve_rule_sets
from services.points.usecases.create_rule_sets import create_rule_sets

SERVICE: Final = pb.DESCRIPTOR.services_by_name["RuleService"]


def rule_service(frame: Frame) -> Registration:
    """Serve rule sets, from the draft to the approval."""

    async def get(request: pb.GetRuleSetRequest, _call: Call) -> pb.GetRuleSetResponse:
        async with frame.database.read() as connection:
            found = await read_rule_sets(connection, [request.rule_set_id])
        if request.rule_set_id not in found:
            raise RuleSetUnknown(field="rule_set_id", rule_set_id=request.rule_set_id)
        return pb.GetRuleSetResponse(rule_set=translate.rule_set_message(found[request.rule_set_id]))

    async def list_(request: pb.ListRuleSetsRequest, _call: Call) -> pb.ListRuleSetsResponse:
        page = Page.of(request, key=(str, int))
        async with frame.database.read() as connection:
            kept, token = await read_page(connection, page)
        return pb.ListRuleSetsResponse(
            rule_sets=[translate.rule_set_message(each) for each in kept], next_page_token=token
        )

    writes = frame.writes(SERVICE, CODES)
    rpcs: dict[str, Rpc] = {
        **writes.rpcs("CreateRuleSet", decode=translate.create_rule_set, usecase=create_rule_sets),
        **writes.rpcs("ApproveRuleSet", decode=translate.approve_rule_set, usecase=approve_rule_sets),
        "GetRuleSet": get,
        "ListRuleSets": list_,
    }
    return Registration(descriptor=SERVICE, rpcs=rpcs, access=ACCESS, codes=CODES)
