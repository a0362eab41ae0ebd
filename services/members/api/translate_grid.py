"""Between the contract and the domain: the grid. Pure functions that only convert.

`decode` functions raise `InvalidField` for what the rules in the proto cannot say.
"""

from collections.abc import Mapping

from linli.members.v1 import grid_pb2

from services.chassis.call import Call
from services.chassis.moments import stated_moment, timestamp
from services.members.domain.grid import Level, Node
from services.members.domain.grid_history import NodeHistory, Placement, Succession
from services.members.usecases.close_nodes import CloseNode
from services.members.usecases.create_nodes import CreateNode
from services.members.usecases.import_nodes import ImportNode
from services.members.usecases.merge_nodes import MergeNodes
from services.members.usecases.move_nodes import MoveNode
from services.members.usecases.rename_nodes import RenameNode
from services.members.usecases.split_nodes import NewPart, SplitNode

_SUCCESSION_KIND = "NODE_SUCCESSION_KIND_"


def create_node(request: grid_pb2.CreateNodeRequest, _call: Call) -> CreateNode:
    return CreateNode(
        code=request.code,
        name=request.name,
        level=Level(request.level),
        parent_id=request.parent_id or None,
        occurred_at=stated_moment(request),
    )


def rename_node(request: grid_pb2.RenameNodeRequest, call: Call) -> RenameNode:
    return RenameNode(
        node_id=request.node_id,
        name=request.name,
        occurred_at=stated_moment(request),
        reason=request.reason,
        stated_by=str(call.caller),
    )


def move_node(request: grid_pb2.MoveNodeRequest, call: Call) -> MoveNode:
    return MoveNode(
        node_id=request.node_id,
        parent_id=request.parent_id,
        occurred_at=stated_moment(request),
        reason=request.reason,
        stated_by=str(call.caller),
    )


def close_node(request: grid_pb2.CloseNodeRequest, call: Call) -> CloseNode:
    return CloseNode(
        node_id=request.node_id,
        occurred_at=stated_moment(request),
        reason=request.reason,
        stated_by=str(call.caller),
    )


def split_node(request: grid_pb2.SplitNodeRequest, call: Call) -> SplitNode:
    return SplitNode(
        node_id=request.node_id,
        parts=tuple(
            NewPart(code=part.code, name=part.name, child_ids=tuple(part.child_ids)) for part in request.parts
        ),
        occurred_at=stated_moment(request),
        reason=request.reason,
        stated_by=str(call.caller),
    )


def merge_nodes(request: grid_pb2.MergeNodesRequest, call: Call) -> MergeNodes:
    return MergeNodes(
        survivor_id=request.survivor_id,
        merged_ids=tuple(request.merged_ids),
        occurred_at=stated_moment(request),
        reason=request.reason,
        stated_by=str(call.caller),
    )


def import_node(row: grid_pb2.NodeRow, _call: Call) -> ImportNode:
    return ImportNode(
        code=row.code,
        name=row.name,
        level=Level(row.level),
        parent_code=row.parent_code,
        occurred_at=stated_moment(row),
        updates=row.if_differs == grid_pb2.NODE_IF_DIFFERS_UPDATE,
    )


def level(stated: grid_pb2.GridLevel.ValueType, /) -> Level | None:
    """Read a level that may be left out."""
    return Level(stated) if stated else None


def node(record: Node, /) -> grid_pb2.GridNode:
    return grid_pb2.GridNode(
        node_id=record.id,
        code=record.code,
        name=record.name,
        level=grid_pb2.GridLevel.ValueType(record.level),
        parent_id=record.parent_id or "",
        effective_from=timestamp(record.effective_from),
        closed_at=timestamp(record.closed_at),
    )


def history(record: NodeHistory, /) -> grid_pb2.GetNodeHistoryResponse:
    became = [each for each in record.successions if each.node_id == record.node.id]
    was = [each for each in record.successions if each.node_id != record.node.id]
    return grid_pb2.GetNodeHistoryResponse(
        node=node(record.node),
        placements=map(_placement, record.placements),
        successors=[_succession(each, other_id=each.successor_id) for each in became],
        predecessors=[_succession(each, other_id=each.node_id) for each in was],
    )


def level_counts(counted: Mapping[Level, int], /, *, below: Level) -> list[grid_pb2.LevelCount]:
    """Write the counts of the levels below one, from the top."""
    return [
        grid_pb2.LevelCount(level=grid_pb2.GridLevel.ValueType(of), nodes=counted[of])
        for of in sorted(counted)
        if of > below
    ]


def _placement(span: Placement) -> grid_pb2.NodePlacement:
    return grid_pb2.NodePlacement(
        name=span.name,
        parent_id=span.parent_id or "",
        effective_from=timestamp(span.effective_from),
        effective_until=timestamp(span.effective_until),
    )


def _succession(record: Succession, *, other_id: str) -> grid_pb2.NodeSuccession:
    return grid_pb2.NodeSuccession(
        node_id=other_id,
        kind=grid_pb2.NodeSuccessionKind.Value(f"{_SUCCESSION_KIND}{record.kind}"),
        effective_at=timestamp(record.effective_at),
    )
