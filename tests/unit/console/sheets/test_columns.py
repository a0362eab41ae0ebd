import pytest

from services.console.faults import FileRefused
from services.console.importing.members import COLUMNS as OF_MEMBERS
from services.console.importing.nodes import COLUMNS as OF_NODES
from services.console.importing.units import COLUMNS as OF_UNITS
from services.console.sheets.columns import Column, map_columns
from services.console.sheets.reading import Row

COLUMNS = (
    Column(key="code", chinese="编号", also=("工号",), is_required=True),
    Column(key="work_unit", chinese="单位编码"),
    Column(key="external_id", chinese="外部编号", of_systems=True),
)


def heading(*cells: str) -> Row:
    return Row(number=1, cells=list(cells))


@pytest.mark.parametrize(
    "text", ["编号", " 编号 ", "工号", "code", "CODE", "Code*", "编号（必填）", "编 号", "ｃｏｄｅ"]
)
def test_a_column_is_known_by_all_its_names(text: str) -> None:
    assert map_columns(heading(text), COLUMNS).headings == {"code": text.strip()}


@pytest.mark.parametrize("text", ["work_unit", "Work unit", "WORK_UNIT", "单位编码"])
def test_spaces_and_case_make_no_difference(text: str) -> None:
    assert map_columns(heading("编号", text), COLUMNS).places == {"code": 0, "work_unit": 1}


@pytest.mark.parametrize(
    "text", ["外部编号(hr_old)", "外部编号（HR_old）", "external_id:hr_old", "External id: hr_old "]
)
def test_a_column_of_another_system_names_it(text: str) -> None:
    assert "external_id:hr_old" in map_columns(heading("编号", text), COLUMNS).places


def test_what_means_nothing_is_told_and_left_alone() -> None:
    mapped = map_columns(
        heading("备注", "编号", "", "外部编号", "问题"), COLUMNS, silently=frozenset({"问题"})
    )
    assert mapped.ignored == ["备注", "外部编号"]
    assert mapped.values(Row(number=2, cells=["x", " 7 "])) == {"code": "7"}
    assert mapped.values(Row(number=2, cells=["x"])) == {}


def test_a_missing_column_is_named_with_what_was_found() -> None:
    with pytest.raises(FileRefused, match="缺少必填列：编号。第 1 行的表头是：单位编码、备注。"):
        map_columns(heading("单位编码", "", "备注"), COLUMNS)


def test_two_columns_of_one_meaning_are_refused() -> None:
    with pytest.raises(FileRefused, match="“工号”和“code”两列含义相同"):
        map_columns(heading("工号", "code"), COLUMNS)


@pytest.mark.parametrize("columns", [OF_MEMBERS, OF_UNITS, OF_NODES])
def test_no_name_stands_for_two_columns(columns: tuple[Column, ...]) -> None:
    names = [name for column in columns for name in (column.key, column.chinese, *column.also)]
    for name in names:
        assert sum(column.is_meant_by(name.replace("_", "")) for column in columns) == 1, name
