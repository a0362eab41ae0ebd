"""Reads the grid for its callers, as it is or as it was."""

from collections.abc import Mapping
from datetime import datetime

from linli.members.v1.grid_pb2 import (
    CountSubtreeRequest,
    CountSubtreeResponse,
    GetNodeHistoryRequest,
    GetNodeHistoryResponse,
    GetNodeRequest,
    GetNodeResponse,
    ListAncestorsRequest,
    ListAncestorsResponse,
    ListNodesRequest,
    ListNodesResponse,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.moments import stated_moment, timestamp
from services.chassis.pages import Page
from services.chassis.rpc.table import Unary
from services.members.api import translate_grid as translate
from services.members.domain.days import day_of, last_moment_of
from services.members.domain.faults import NodeNotThen, NodeUnknown
from services.members.domain.grid import Level, Node
from services.members.domain.grid_history import NodeHistory
from services.members.storage.grid_counts import count_enrolled, count_nodes
from services.members.storage.grid_histories import read_histories
from services.members.storage.grid_trees import list_ancestors, list_nodes


def grid_reads(frame: Frame) -> Mapping[str, Unary]:
    async def get(request: GetNodeRequest, _call: Call) -> GetNodeResponse:
        as_of = stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            known = await _read_known(connection, request.node_id, field="node_id")
        node = known.node if as_of is None else _as_it_was(known, at=as_of, field="node_id")
        return GetNodeResponse(node=translate.node(node))

    async def list_(request: ListNodesRequest, _call: Call) -> ListNodesResponse:
        page = Page.of(request)
        as_of = stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            at = as_of or await frame.database.now(connection)
            if request.ancestor_id:
                known = await _read_known(connection, request.ancestor_id, field="ancestor_id")
                _as_it_was(known, at=at, field="ancestor_id")
            found = await list_nodes(
                connection,
                page,
                ancestor_id=request.ancestor_id or None,
                level=translate.level(request.level),
                at=at,
            )
        rows, token = page.cut(found, key=lambda node: (node.code,))
        return ListNodesResponse(nodes=map(translate.node, rows), next_page_token=token)

    async def list_above(request: ListAncestorsRequest, _call: Call) -> ListAncestorsResponse:
        as_of = stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            at = as_of or await frame.database.now(connection)
            known = await _read_known(connection, request.node_id, field="node_id")
            _as_it_was(known, at=at, field="node_id")
            found = await list_ancestors(connection, request.node_id, at=at)
        return ListAncestorsResponse(nodes=map(translate.node, found))

    async def get_history(request: GetNodeHistoryRequest, _call: Call) -> GetNodeHistoryResponse:
        async with frame.database.read() as connection:
            return translate.history(await _read_known(connection, request.node_id, field="node_id"))

    async def count(request: CountSubtreeRequest, _call: Call) -> CountSubtreeResponse:
        as_of = stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            now = await frame.database.now(connection)
            day = day_of(as_of or now, zone=frame.zone)
            at = min(last_moment_of(day, zone=frame.zone), now)
            known = await _read_known(connection, request.node_id, field="node_id")
            node = _as_it_was(known, at=at, field="node_id")
            counted = await count_nodes(connection, node.id, at=at)
            enrolled = None
            if node.level <= Level.COMMUNITY:
                enrolled = await count_enrolled(connection, node.id, at=at, day=day)
        return CountSubtreeResponse(
            nodes=translate.level_counts(counted, below=node.level),
            enrolled=enrolled,
            counted_at=timestamp(at),
        )

    return {
        "GetNode": get,
        "ListNodes": list_,
        "ListAncestors": list_above,
        "GetNodeHistory": get_history,
        "CountSubtree": count,
    }


async def _read_known(connection: AsyncConnection, node_id: str, *, field: str) -> NodeHistory:
    found = await read_histories(connection, [node_id])
    if node_id not in found:
        raise NodeUnknown(field=field, node_id=node_id)
    return found[node_id]


def _as_it_was(known: NodeHistory, *, at: datetime, field: str) -> Node:
    node = known.at(at)
    if node is None:
        raise NodeNotThen(field=field, node_id=known.node.id, at=at.isoformat())
    return node
