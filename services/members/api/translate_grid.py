"""Between the contract and the domain: the grid. Pure functions that only convert.

`decode` functions raise `InvalidField` for what the rules in the proto cannot say.
"""

from linli.members.v1 import grid_pb2

from services.chassis.call import Call
from services.chassis.moments import stated_moment, timestamp
from services.members.domain.grid import Level, Node
from services.members.usecases.create_nodes import CreateNode


def create_node(request: grid_pb2.CreateNodeRequest, _call: Call) -> CreateNode:
    return CreateNode(
        code=request.code,
        name=request.name,
        level=Level(request.level),
        parent_id=request.parent_id or None,
        occurred_at=stated_moment(request),
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
    )
