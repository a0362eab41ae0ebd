"""Serves `GridService`."""

from typing import Final

from linli.members.v1 import grid_pb2
from linli.members.v1.grid_pb2 import GetNodeRequest, GetNodeResponse, ListNodesRequest, ListNodesResponse

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.pages import Page
from services.chassis.rpc.table import Registration
from services.members.api import translate_grid as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.domain.faults import NodeUnknown
from services.members.storage.grid_nodes import read_nodes
from services.members.storage.grid_trees import list_nodes
from services.members.usecases.create_nodes import create_nodes

SERVICE: Final = grid_pb2.DESCRIPTOR.services_by_name["GridService"]


def grid_service(frame: Frame) -> Registration:
    async def get(request: GetNodeRequest, _call: Call) -> GetNodeResponse:
        async with frame.database.read() as connection:
            found = await read_nodes(connection, [request.node_id])
        if request.node_id not in found:
            raise NodeUnknown(field="node_id", node_id=request.node_id)
        return GetNodeResponse(node=translate.node(found[request.node_id]))

    async def list_(request: ListNodesRequest, _call: Call) -> ListNodesResponse:
        page = Page.of(request)
        async with frame.database.read() as connection:
            if request.ancestor_id and not await read_nodes(connection, [request.ancestor_id]):
                raise NodeUnknown(field="ancestor_id", node_id=request.ancestor_id)
            found = await list_nodes(
                connection,
                page,
                ancestor_id=request.ancestor_id or None,
                level=translate.level(request.level),
            )
        rows, token = page.cut(found, key=lambda node: (node.code,))
        return ListNodesResponse(nodes=map(translate.node, rows), next_page_token=token)

    writes = frame.writes(SERVICE, CODES).rpcs(
        "CreateNode", batch="BatchCreateNodes", decode=translate.create_node, usecase=create_nodes
    )
    return Registration(
        descriptor=SERVICE,
        rpcs={**writes, "GetNode": get, "ListNodes": list_},
        access=ACCESS,
        codes=CODES,
    )
