"""The rows of a file of work units."""

from typing import Any, Final

from linli.members.v1.organisation_pb2 import ForeignCode, ImportWorkUnitsRequest, WorkUnitKind, WorkUnitRow
from linli.members.v1.organisation_pb2_grpc import OrganisationServiceStub

from services.console.importing.kind import Kind
from services.console.importing.stating import Stated
from services.console.importing.words import Words
from services.console.sheets.columns import Column

COLUMNS: Final = (
    Column(key="code", chinese="单位编码", also=("编码", "单位代码", "unit_code"), is_required=True),
    Column(key="name", chinese="单位名称", also=("名称", "单位", "unit_name"), is_required=True),
    Column(key="kind", chinese="类别", also=("单位类别", "单位类型", "单位性质", "类型", "type")),
    Column(
        key="parent", chinese="上级单位编码", also=("上级编码", "主管单位编码", "隶属单位编码", "parent_code")
    ),
    Column(key="registered_on", chinese="登记日期", also=("成立日期", "日期", "date", "effective_from")),
    Column(key="foreign_code", chinese="外部编码", also=("外部编号", "foreign"), of_systems=True),
)
KINDS: Final = Words(
    enum=WorkUnitKind,
    prefix="WORK_UNIT_KIND_",
    chinese={
        "GOVERNMENT_ORGAN": "机关",
        "PUBLIC_INSTITUTION": "事业单位",
        "STATE_OWNED_ENTERPRISE": "国有企业",
        "PRIVATE_ENTERPRISE": "非公企业",
        "SOCIAL_ORGANISATION": "社会组织",
        "SCHOOL": "学校",
        "PARK": "园区",
        "OTHER": "其他",
    },
    also={
        "党政机关": "GOVERNMENT_ORGAN",
        "机关单位": "GOVERNMENT_ORGAN",
        "国企": "STATE_OWNED_ENTERPRISE",
        "民营企业": "PRIVATE_ENTERPRISE",
        "私营企业": "PRIVATE_ENTERPRISE",
        "非公有制企业": "PRIVATE_ENTERPRISE",
        "社会团体": "SOCIAL_ORGANISATION",
        "其它": "OTHER",
    },
)


def unit_row(stated: Stated) -> WorkUnitRow:
    return WorkUnitRow(
        code=stated.code("code", required=True),
        name=stated.name("name"),
        kind=stated.word("kind", KINDS.known(), shown=KINDS.shown()),  # type: ignore[arg-type]
        parent_code=stated.code("parent"),
        occurred_at=stated.day("registered_on"),
        foreign_codes=[
            ForeignCode(system=system, code=code) for system, code in stated.by_system("foreign_code")
        ],
    )


def _once(row: Any) -> list[tuple[str, str]]:
    return [("code", row.code), *((f"foreign_code:{each.system}", each.code) for each in row.foreign_codes)]


UNITS: Final = Kind(
    name="units",
    columns=COLUMNS,
    row=unit_row,
    keys={
        "parent_code": "parent",
        "parent_id": "parent",
        "occurred_at": "registered_on",
        "foreign_codes": "foreign_code",
    },
    rpc=lambda channel: OrganisationServiceStub(channel).ImportWorkUnits,
    request=ImportWorkUnitsRequest,
    differs="WORK_UNIT_DIFFERS",
    once=_once,
    parent_unknown="WORK_UNIT_UNKNOWN",
)
