from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.chassis.moments import moment_of
from services.console.importing.members import MEMBERS, TYPES
from services.console.importing.nodes import LEVELS, NODES
from services.console.importing.stating import Stated
from services.console.importing.units import KINDS, UNITS
from services.console.importing.words import Words
from services.console.sheets.workbook import DIGITS_LOST

ZONE = ZoneInfo("Asia/Shanghai")
WHOLE = {
    "code": "M1",
    "name": "张伟",
    "type": "在职党员",
    "work_unit": "U1",
    "phone": "138 0013 8000",
    "skills": "first-aid、cooking，first-aid; driving",
    "service_types": "environment",
    "probationary": "是",
    "registered_on": "2025-01-31",
    "sort_name": "zhang wei",
    "external_id:hr": "7",
    "external_id:app": "x1",
}


def stated(**values: str) -> Stated:
    return Stated(values=values, zone=ZONE, today=date(2025, 6, 1))


def reasons(read: Stated) -> list[tuple[str, str]]:
    return [(problem.columns[0], problem.reason) for problem in read.problems]


class TestARowOfMembers:
    def test_becomes_what_the_contract_takes(self) -> None:
        read = stated(**WHOLE)
        row = MEMBERS.row(read)
        assert read.problems == []
        assert (row.code, row.name, row.work_unit_code, row.phone) == ("M1", "张伟", "U1", "138 0013 8000")
        assert (list(row.skills), list(row.service_types)) == (
            ["first-aid", "cooking", "driving"],
            ["environment"],
        )
        assert (row.probationary, row.sort_name) == (True, "zhang wei")
        assert [(each.system, each.value) for each in row.external_ids] == [("app", "x1"), ("hr", "7")]
        assert moment_of(row.occurred_at) == datetime(2025, 1, 30, 16, tzinfo=UTC)

    def test_states_nothing_where_a_cell_is_empty(self) -> None:
        row = MEMBERS.row(stated(code="M1", name="张伟", type="居民"))
        assert {field.name for field, _ in row.ListFields()} == {"code", "name", "member_type"}
        assert MEMBERS.row(stated(probationary="否")).HasField("probationary")

    def test_is_told_all_that_is_wrong_with_it_at_once(self) -> None:
        wrong = {
            "code": "M 1",
            "type": "外星人",
            "name": "王" * 300,
            "work_unit": "单位",
            "phone": "1" * 33,
            "probationary": "也许",
            "registered_on": "2025-02-30",
            "sort_name": "a\u200bb",
            "external_id:HR!": "7",
            "external_id:hr": DIGITS_LOST,
        }
        read = stated(**wrong)
        MEMBERS.row(read)
        assert sorted(reasons(read)) == [
            ("code", "CODE_MALFORMED"),
            ("external_id:HR!", "SYSTEM_MALFORMED"),
            ("external_id:hr", "DIGITS_LOST"),
            ("name", "TEXT_TOO_LONG"),
            ("phone", "TEXT_TOO_LONG"),
            ("probationary", "WORD_UNKNOWN"),
            ("registered_on", "DATE_MALFORMED"),
            ("sort_name", "TEXT_UNPRINTABLE"),
            ("type", "WORD_UNKNOWN"),
            ("work_unit", "CODE_MALFORMED"),
        ]

    def test_lacks_nothing_that_is_required(self) -> None:
        read = stated()
        MEMBERS.row(read)
        assert reasons(read) == [("code", "CELL_EMPTY"), ("name", "CELL_EMPTY"), ("type", "CELL_EMPTY")]


@pytest.mark.parametrize(
    "text",
    [
        "2025-01-31",
        "2025/1/31",
        "2025.01.31",
        "2025年1月31日",
        "20250131",
        "2025-01-31 00:00:00",
        "2025/1/31 0:00",
    ],
)
def test_a_day_is_read_as_people_write_it(text: str) -> None:
    read = stated(day=text)
    moment = read.day("day")
    assert read.problems == []
    assert moment is not None
    assert moment_of(moment).astimezone(ZONE) == datetime(2025, 1, 31, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31/01/2025", "DATE_MALFORMED"),
        ("2025-1", "DATE_MALFORMED"),
        ("45688", "DATE_MALFORMED"),
        ("2025-01-31 08:30:00", "DATE_MALFORMED"),
        ("0000-01-01", "DATE_MALFORMED"),
        ("2025-06-02", "DATE_IN_FUTURE"),
    ],
)
def test_what_is_no_day_of_the_past_is_refused(text: str, reason: str) -> None:
    read = stated(day=text)
    assert read.day("day") is None
    assert reasons(read) == [("day", reason)]


@pytest.mark.parametrize("words", [TYPES, KINDS, LEVELS])
def test_every_value_of_the_contract_has_a_word_that_is_read_back(words: Words) -> None:
    values = {name: number for name, number in words.enum.items() if number}
    assert {f"{words.prefix}{name}" for name in words.chinese} == values.keys()
    for name, number in values.items():
        assert words.known()[words.word(number)] == words.known()[name.casefold()] == number


def test_a_unit_may_have_several_codes_of_one_system() -> None:
    row = UNITS.row(stated(code="U1", name="局", kind="机关", **{"foreign_code:hr": "1 2、3"}))
    assert [(each.system, each.code) for each in row.foreign_codes] == [("hr", "1"), ("hr", "2"), ("hr", "3")]


def test_a_node_needs_its_level() -> None:
    read = stated(code="C1", name="社区")
    NODES.row(read)
    assert reasons(read) == [("level", "CELL_EMPTY")]
