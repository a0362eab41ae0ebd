"""The rows of a file of members."""

from typing import Any, Final

from linli.members.v1.member_pb2 import ExternalId, ImportMembersRequest, MemberRow, MemberType
from linli.members.v1.member_pb2_grpc import MemberServiceStub

from services.console.importing.kind import Kind
from services.console.importing.stating import NAME_CHARACTERS_MAX, Stated
from services.console.importing.words import Words
from services.console.sheets.columns import Column

PHONE_CHARACTERS_MAX: Final = 32
REASON_CHARACTERS_MAX: Final = 500

COLUMNS: Final = (
    Column(
        key="code", chinese="编号", also=("工号", "人员编号", "志愿者编号", "member_code"), is_required=True
    ),
    Column(key="name", chinese="姓名", also=("名字", "full_name"), is_required=True),
    Column(
        key="type", chinese="人员类型", also=("类型", "人员类别", "党员类型", "member_type"), is_required=True
    ),
    Column(key="work_unit", chinese="单位编码", also=("单位代码", "所在单位编码", "work_unit_code", "unit")),
    Column(key="phone", chinese="手机", also=("手机号", "手机号码", "电话", "联系电话", "mobile")),
    Column(key="skills", chinese="技能", also=("特长", "技能特长", "skill")),
    Column(key="service_types", chinese="服务类别", also=("服务类型", "服务意向", "service_type")),
    Column(key="probationary", chinese="预备党员", also=("是否预备党员",)),
    Column(key="registered_on", chinese="登记日期", also=("注册日期", "登记时间", "注册时间", "registered")),
    Column(key="sort_name", chinese="排序名", also=("拼音", "姓名拼音", "pinyin")),
    Column(key="reason", chinese="变更原因", also=("原因", "更正原因")),
    Column(key="external_id", chinese="外部编号", also=("外部编码", "external"), of_systems=True),
)
TYPES: Final = Words(
    enum=MemberType,
    prefix="MEMBER_TYPE_",
    chinese={
        "IN_SERVICE": "在职党员",
        "RETIRED": "离退休党员",
        "MOBILE": "流动党员",
        "RURAL": "农村党员",
        "STUDENT": "学生党员",
        "VOLUNTEER": "志愿者",
        "RESIDENT": "居民",
    },
    also={
        "在职": "IN_SERVICE",
        "离退休": "RETIRED",
        "退休党员": "RETIRED",
        "离休党员": "RETIRED",
        "退休": "RETIRED",
        "流动": "MOBILE",
        "农村": "RURAL",
        "学生": "STUDENT",
        "群众": "RESIDENT",
    },
)


def member_row(stated: Stated) -> MemberRow:
    row = MemberRow(
        code=stated.code("code", required=True),
        name=stated.name("name"),
        member_type=stated.word("type", TYPES.known(), shown=TYPES.shown(), required=True),  # type: ignore[arg-type]
        work_unit_code=stated.code("work_unit"),
        phone=stated.text("phone", characters_max=PHONE_CHARACTERS_MAX),
        skills=stated.codes("skills"),
        service_types=stated.codes("service_types"),
        occurred_at=stated.day("registered_on"),
        sort_name=stated.text("sort_name", characters_max=NAME_CHARACTERS_MAX),
        reason=stated.text("reason", characters_max=REASON_CHARACTERS_MAX),
        external_ids=[
            ExternalId(system=system, value=value) for system, value in stated.by_system("external_id")
        ],
    )
    probationary = stated.yes_or_no("probationary")
    if probationary is not None:
        row.probationary = probationary
    return row


def _once(row: Any) -> list[tuple[str, str]]:
    return [("code", row.code), *((f"external_id:{each.system}", each.value) for each in row.external_ids)]


MEMBERS: Final = Kind(
    name="members",
    columns=COLUMNS,
    row=member_row,
    keys={
        "member_type": "type",
        "work_unit_code": "work_unit",
        "work_unit_id": "work_unit",
        "occurred_at": "registered_on",
        "external_ids": "external_id",
    },
    rpc=lambda channel: MemberServiceStub(channel).ImportMembers,
    request=ImportMembersRequest,
    differs="MEMBER_DIFFERS",
    once=_once,
    hints={"work_unit": "cell.work_unit_needed", "phone": "cell.phone_invalid"},
)
