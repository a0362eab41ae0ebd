"""`linli members`, as somebody works with it who knows numbers and codes and no ids."""

import json
from typing import Any

import pytest

from tests.journeys.files.district import HEADING, District, lines
from tests.journeys.linli import linli

pytestmark = pytest.mark.slow


def told(district: District, *arguments: str) -> Any:
    return json.loads(district.command("members", *arguments, "--json").stdout)


def said(district: District, *arguments: str) -> str:
    done = district.command("members", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def refused(district: District, *arguments: str) -> str:
    done = district.command("members", *arguments)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.fixture
def people(district: District) -> District:
    rows = (
        "M1,张伟,在职党员,U2,13800138000,2025-01-01",
        "M2,李娜,志愿者,,,2025-01-01",
        "M3,张伟,在职党员,U2,,2025-01-01",
    )
    assert district.bring("members", lines(HEADING, *rows))["created"] == 3
    assert (
        district.bring("nodes", lines("编码,名称,层级,上级编码,日期", "C2,和平社区,社区,S1,2024-01-01"))[
            "created"
        ]
        == 1
    )
    return district


def test_people_are_put_on_the_register_found_and_changed(people: District) -> None:
    assert "已登记 M4" in said(people, "add", "M4", "王芳", "--type", "志愿者", "--external-id", "hr:h4")
    assert "该编码已被使用" in refused(people, "add", "M4", "王芳", "--type", "居民")
    said(people, "update", "M4", "--phone", "13900139000", "--external-id", "app:a4")
    (found,) = told(people, "find", "--external-id", "hr:h4")
    assert (found["code"], found["phone"]) == ("M4", "+8613900139000")
    assert {each["system"]: each["value"] for each in found["external_ids"]} == {"app": "a4", "hr": "h4"}
    assert [each["code"] for each in told(people, "find", "--name", "zhang", "--unit", "U2")] == ["M1", "M3"]
    assert "phone" in refused(people, "update", "M4", "--phone", "12")
    shown = said(people, "show", "M4", "--language", "en")
    assert "volunteer" in shown
    assert "登记簿中没有编号为 M9 的人员" in refused(people, "show", "M9")


def test_enrolments_are_made_moved_and_ended_with_a_reason_for_what_changes_the_past(
    people: District,
) -> None:
    assert said(people, "enrol", "M1", "C1", "--on", "2025-02-01") == "M1 已在幸福社区报到。"
    assert "ALREADY_ENROLLED" in refused(people, "enrol", "M1", "C2")
    assert "更改今天以前的记录须说明原因" in refused(people, "transfer", "M1", "C2", "--on", "2025-06-01")
    said(people, "transfer", "M1", "C2", "--on", "2025-06-01", "--reason", "搬家")
    assert [each["code"] for each in told(people, "find", "--node", "C2")] == ["M1"]
    assert len(told(people, "show", "M1")["enrolments"]) == 2
    shown = said(people, "show", "M1")
    assert all(text in shown for text in ("幸福社区", "和平社区", "2025-02-01", "2025-06-01"))
    said(people, "end", "M1")
    assert "NOT_ENROLLED" in refused(people, "end", "M1")


def test_who_is_missing_is_listed_and_the_share_of_a_unit_decides_the_exit_code(people: District) -> None:
    said(people, "enrol", "M1", "C1", "--on", "2025-02-01")
    missing = told(people, "missing", "not_enrolled", "2026", "--unit", "U1")
    assert [each["code"] for each in missing["missing"]] == ["M3"]
    share = people.command("members", "share", "U1", "--threshold", "95")
    assert share.returncode == 1
    assert "应报到 2 人，已报到 1 人，报到率 50.00 %，未达到 95.00 %，还差 1 人" in share.stdout
    assert people.command("members", "share", "U1", "--threshold", "50").returncode == 0
    by_unit = said(people, "participation", "2026", "--by", "work_unit")
    assert "合计" in by_unit
    (row,) = [each for each in told(people, "participation", "2026") if each["code"] == "C1"]
    assert (row["enrolled"], row["participating"]) == ("1", "0")
    names = people.export("missing", "missing.csv", "--period", "2026", "--missed", "not_enrolled")
    assert "M3,张伟,U2,第一中学" in names.read_text("utf-8-sig")
    enrolled = people.export("enrolments", "enrolled.csv", "--node", "S1").read_text("utf-8-sig")
    assert "M1,张伟,U2,第一中学,C1,幸福社区,2025-02-01" in enrolled


def test_what_units_are_told_is_written_with_names(people: District) -> None:
    said(people, "enrol", "M1", "C1", "--on", "2025-02-01")
    said(people, "statements", "generate", "2025-Q3")
    said(people, "statements", "send", "--period", "2025-Q3")
    written = people.export("statements", "told.csv", "--period", "2025-Q3", "--unit", "U2")
    heading, row = written.read_text("utf-8-sig").splitlines()
    assert heading.startswith("周期,编号,姓名,单位编码")
    assert row.startswith("2025-Q3,M1,张伟,U2,第一中学,C1,幸福社区,已发出,1,0,0,0,0.000")


def test_two_who_are_one_are_merged_and_parted_again(people: District) -> None:
    said(people, "enrol", "M3", "C1", "--on", "2025-02-01")
    reason = ("--reason", "同一人")
    assert "试运行" in said(people, "merge", "M1", "M3", *reason, "--dry-run")
    assert told(people, "show", "M3")["member"]["code"] == "M3"
    merge = told(people, "merge", "M1", "M3", *reason)["written"]["id"]
    assert told(people, "show", "M3")["member"]["code"] == "M1"
    assert "MEMBER_MERGED" in json.dumps(people.bring("members", lines(HEADING, "M3,张伟,居民,,,")))
    assert "已撤销合并" in said(people, "unmerge", merge, "--reason", "不是同一人")
    assert told(people, "show", "M3")["member"]["code"] == "M3"


@pytest.mark.parametrize(
    "arguments",
    [
        ("find",),
        ("update", "M1"),
        ("add", "M1", "x", "--type", "外星人"),
        ("add", "M1", "x", "--type", "居民", "--external-id", "hr"),
        ("enrol", "M1", "C1", "--on", "yesterday"),
        ("missing", "nothing", "2025"),
        ("missing", "not_enrolled", "2025", "--unit", "U1", "--node", "C1"),
        ("share", "U1", "--threshold", "101"),
        ("merge", "M1", "M2"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    done = linli("members", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
