"""The rows of a file of nodes of the grid."""

from typing import Any, Final

from linli.members.v1.grid_pb2 import GridLevel, ImportNodesRequest, NodeRow
from linli.members.v1.grid_pb2_grpc import GridServiceStub

from services.console.importing.kind import Kind
from services.console.importing.stating import Stated
from services.console.importing.words import Words
from services.console.sheets.columns import Column

COLUMNS: Final = (
    Column(key="code", chinese="编码", also=("网格编码", "节点编码", "编号", "node_code"), is_required=True),
    Column(key="name", chinese="名称", also=("网格名称", "节点名称", "node_name"), is_required=True),
    Column(key="level", chinese="层级", also=("级别", "网格层级", "grid_level"), is_required=True),
    Column(key="parent", chinese="上级编码", also=("上级网格编码", "上级", "parent_code")),
    Column(key="since", chinese="日期", also=("设立日期", "生效日期", "登记日期", "date", "effective_from")),
)
LEVELS: Final = Words(
    enum=GridLevel,
    prefix="GRID_LEVEL_",
    chinese={
        "DISTRICT": "区",
        "STREET": "街道",
        "COMMUNITY": "社区",
        "AREA": "片区",
        "BUILDING_GROUP": "楼栋",
    },
    also={
        "区县": "DISTRICT",
        "县": "DISTRICT",
        "乡镇": "STREET",
        "办事处": "STREET",
        "村": "COMMUNITY",
        "网格": "AREA",
        "居民小组": "BUILDING_GROUP",
        "楼组": "BUILDING_GROUP",
    },
)


def node_row(stated: Stated) -> NodeRow:
    return NodeRow(
        code=stated.code("code", required=True),
        name=stated.name("name"),
        level=stated.word("level", LEVELS.known(), shown=LEVELS.shown(), required=True),  # type: ignore[arg-type]
        parent_code=stated.code("parent"),
        occurred_at=stated.day("since"),
    )


def _once(row: Any) -> list[tuple[str, str]]:
    return [("code", row.code)]


NODES: Final = Kind(
    name="nodes",
    columns=COLUMNS,
    row=node_row,
    keys={"parent_code": "parent", "parent_id": "parent", "occurred_at": "since"},
    rpc=lambda channel: GridServiceStub(channel).ImportNodes,
    request=ImportNodesRequest,
    differs="NODE_DIFFERS",
    once=_once,
    parent_unknown="NODE_UNKNOWN",
)
