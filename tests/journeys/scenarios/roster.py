"""A district's people and places as its offices keep them: sheets with Chinese headers."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from services.console.demo.district import District, Level

LEVELS = {
    Level.DISTRICT: "区",
    Level.STREET: "街道",
    Level.COMMUNITY: "社区",
    Level.AREA: "片区",
    Level.BUILDING_GROUP: "楼栋",
}
SINCE = "2025-01-01"


def write_nodes(path: Path, district: District) -> Path:
    rows = [(node.code, node.name, LEVELS[node.level], node.parent, SINCE) for node in district.nodes]
    return _write(path, ("编码", "名称", "层级", "上级编码", "日期"), rows)


def write_units(path: Path, district: District) -> Path:
    """As a spreadsheet program of an older Windows saves it."""
    rows = [(unit.code, unit.name) for unit in district.work_units]
    return _write(path, ("单位编码", "单位名称"), rows, encoding="gb18030")


def write_members(path: Path, district: District) -> Path:
    rows = [
        (member.code, member.name, "在职党员", member.work_unit, f"138{number:08d}", SINCE)
        for number, member in enumerate(district.members)
    ]
    return _write(path, ("编号", "姓名", "人员类型", "单位编码", "手机", "登记日期"), rows)


def _write(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], *, encoding: str = "utf-8-sig"
) -> Path:
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return path
