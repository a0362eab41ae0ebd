"""Serves `PolicyService`."""

from typing import Final

from linli.members.v1 import policy_pb2 as pb

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.moments import stated_moment
from services.chassis.rpc.table import Registration
from services.members.api import translate_policies as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.storage.policies import read_revision
from services.members.usecases.set_policy import set_policy

SERVICE: Final = pb.DESCRIPTOR.services_by_name["PolicyService"]


def policy_service(frame: Frame) -> Registration:
    async def get(request: pb.GetPolicyRequest, _call: Call) -> pb.GetPolicyResponse:
        as_of = stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            return translate.held(await read_revision(connection, as_of=as_of))

    writes = frame.writes(SERVICE, CODES)
    return Registration(
        descriptor=SERVICE,
        rpcs={
            **writes.rpcs("SetPolicy", decode=translate.set_policy, usecase=set_policy),
            "GetPolicy": get,
        },
        access=ACCESS,
        codes=CODES,
    )
