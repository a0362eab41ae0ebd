from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.journeys.files.district import HEADING, District, counts, lines, volunteers
from tests.journeys.linli import linli

ZHANG = "M1,张伟,在职党员,U2,13800138000,2025-01-31"


class TestAFileOfMembers:
    @pytest.mark.slow
    def test_comes_in_once_however_often_it_is_sent(self, district: District) -> None:
        file = district.file(lines(HEADING, ZHANG, *volunteers(1_500)))
        assert counts(district.bring("members", file)) == (1_501, 0, 0, 0)
        assert counts(district.bring("members", file)) == (0, 0, 1_501, 0)
        assert counts(district.bring("members", file, "--update")) == (0, 0, 1_501, 0)

    def test_is_read_in_the_encoding_in_which_it_is(self, district: District) -> None:
        text = lines(HEADING, ZHANG).decode()
        assert counts(district.bring("members", text.encode("gb18030"))) == (1, 0, 0, 0)
        assert counts(district.bring("members", text.encode("utf-8-sig"))) == (0, 0, 1, 0)
        assert counts(district.bring("members", text.replace(",", ";").encode())) == (0, 0, 1, 0)

    @pytest.mark.slow
    def test_may_be_a_workbook_in_which_phones_are_numbers(self, district: District) -> None:
        book = Workbook()
        sheet = book.worksheets[0]
        sheet.append(HEADING.split(","))
        sheet.append([1, "张伟", "在职党员", "U2", 13800138000, "2025/1/31"])
        book.save(district.folder / "rows.xlsx")
        assert counts(district.bring("members", district.folder / "rows.xlsx")) == (1, 0, 0, 0)
        found = district.export("members", "found.csv").read_text("utf-8-sig")
        assert found.splitlines()[1].startswith("1,张伟,在职党员,U2,'+8613800138000")

    def test_with_three_bad_rows_of_a_thousand_brings_the_others_in_and_gives_those_back(
        self, district: District
    ) -> None:
        rows = volunteers(1_000)
        rows[99] = "V00099,,志愿者,,,"
        rows[499] = "V00499,王芳,外星人,,,2025-13-40"
        rows[899] = "V00007,重复,志愿者,,12345,"
        errors = district.folder / "errors.csv"
        told = district.bring("members", lines(HEADING, *rows), "--errors", str(errors))
        assert counts(told) == (997, 0, 0, 3)
        assert [(each["row"], each["column"], each["reason"]) for each in told["findings"]] == [
            (101, "姓名", "CELL_EMPTY"),
            (501, "人员类型", "WORD_UNKNOWN"),
            (501, "登记日期", "DATE_MALFORMED"),
            (901, "编号", "ROW_TWICE"),
        ]
        assert told["findings"][3]["problem"] == "与第 9 行重复。"
        given = errors.read_text("utf-8-sig")
        assert [line.split(",")[0] for line in given.splitlines()] == ["编号", "V00099", "V00499", "V00007"]
        mended = (
            given.replace("V00099,", "V00099,李娜")
            .replace("外星人", "居民")
            .replace("2025-13-40", "")
            .replace("V00007", "V9")
        ).replace("12345", "")
        again = district.bring("members", mended.encode("utf-8-sig"))
        assert (counts(again), again["ignored_columns"]) == ((3, 0, 0, 0), [])

    def test_is_told_what_the_server_refuses_by_row_and_column(self, district: District) -> None:
        rows = (
            "M1,张伟,在职党员,,,",
            "M2,李娜,志愿者,U9,,",
            "M3,王芳,志愿者,,+12025550123,",
            ZHANG.replace("M1", "M4"),
        )
        told = district.bring("members", lines(HEADING, *rows))
        assert counts(told) == (1, 0, 0, 3)
        assert [(each["row"], each["column"], each["problem"]) for each in told["findings"]] == [
            (2, "单位编码", "在职党员须填写单位编码。"),
            (3, "单位编码", "没有这个单位。"),
            (4, "手机", "手机号码无效，或不属于允许的国家和地区。"),
        ]

    @pytest.mark.slow
    def test_changes_what_is_known_only_if_it_is_told_to(self, district: District) -> None:
        district.bring("members", lines(HEADING, ZHANG, "M2,李娜,志愿者,,,"))
        changed = lines(
            HEADING, ZHANG.replace("13800138000", "13900139000"), "M2,李娜,志愿者,,,", "M3,王芳,居民,,,"
        )
        dry = district.bring("members", changed, "--update", "--dry-run")
        assert counts(dry) == (1, 1, 1, 0)
        told = district.bring("members", changed)
        assert counts(told) == (1, 0, 1, 1)
        assert (told["findings"][0]["column"], told["findings"][0]["reason"]) == ("手机", "MEMBER_DIFFERS")
        assert counts(district.bring("members", changed, "--update")) == (0, 1, 2, 0)
        assert counts(district.bring("members", changed, "--update")) == (0, 0, 3, 0)

    @pytest.mark.slow
    def test_with_somebody_who_looks_like_another_waits_for_a_person_to_say_so(
        self, district: District
    ) -> None:
        rows = lines(HEADING, "M1,张伟,居民,,13800138000,", "M2,张伟,居民,,13800138000,")
        told = district.bring("members", rows)
        assert (counts(told), told["findings"][0]["reason"]) == ((1, 0, 0, 1), "POSSIBLE_DUPLICATE")
        assert counts(district.bring("members", rows, "--accept-duplicates")) == (1, 0, 1, 0)

    @pytest.mark.slow
    def test_changes_nothing_in_a_dry_run(self, district: District) -> None:
        rows = lines(HEADING, ZHANG, "M2,李娜,外星人,,,")
        dry = district.bring("members", rows, "--dry-run")
        assert (counts(dry), dry["dry_run"]) == ((1, 0, 0, 1), True)
        assert district.export("members", "found.csv").read_text("utf-8-sig").count("\n") == 1
        assert counts(district.bring("members", rows)) == (1, 0, 0, 1)


class TestAFileOfPlaces:
    @pytest.mark.slow
    def test_may_name_parents_of_earlier_rows_also_in_a_dry_run_of_many_batches(
        self, district: District
    ) -> None:
        streets = [f"S{number},街道{number},街道,D1," for number in range(2, 1_102)]
        rows = lines(
            "编码,名称,层级,上级编码,日期", *streets, "C9,和平社区,社区,S2,", "C8,未知社区,社区,S9999,"
        )
        dry = district.bring("nodes", rows, "--dry-run")
        assert counts(dry) == (1_101, 0, 0, 1)
        assert counts(district.bring("nodes", rows)) == (1_101, 0, 0, 1)
        assert counts(district.bring("nodes", rows)) == (0, 0, 1_101, 1)

    @pytest.mark.slow
    def test_renames_what_is_known_only_if_it_is_told_to(self, district: District) -> None:
        rows = lines("编码,名称,层级,上级编码,日期", "C1,新幸福社区,社区,S1,2025-01-01")
        told = district.bring("nodes", rows)
        assert (counts(told), told["findings"][0]["reason"]) == ((0, 0, 0, 1), "NODE_DIFFERS")
        assert counts(district.bring("nodes", rows, "--update")) == (0, 1, 0, 0)
        units = lines("code,name,kind", "U1,区教体局,机关")
        assert district.bring("units", units)["findings"][0]["reason"] == "WORK_UNIT_DIFFERS"
        assert counts(district.bring("units", units, "--update")) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xef\xbb\xbf" + lines(HEADING) + b"M1,\xe5\xbc", "第 2 行的 UTF-8 编码已损坏"),
        (lines("编号,姓名"), "缺少必填列：人员类型。第 1 行的表头是：编号、姓名。"),
        (lines("编号,工号,姓名,人员类型"), "“编号”和“工号”两列含义相同"),
        (b"", "空文件"),
        (b"PK\x03\x04", "无法打开此 Excel 文件"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_and_sends_nothing(
    tmp_path: Path, content: bytes, told: str
) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(content)
    # No server is needed to see that: the file is read first.
    refused = linli("import", "members", str(file), "--data-dir", str(tmp_path))
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert told in refused.stderr


def test_a_person_reads_what_is_wrong_in_either_language(district: District) -> None:
    file = district.file(lines(HEADING + ",备注", ZHANG + ",x", "M2,李娜,外星人,,,,"))
    shown = district.command("import", "members", str(file), "--dry-run")
    assert shown.returncode == 1
    assert "忽略的列：备注。" in shown.stdout
    assert "不认识“外星人”" in shown.stdout
    assert "试运行，未作任何更改。共 2 行：将新增 1，变更 0，未变 0，拒绝 1。" in shown.stdout
    english = district.command("import", "members", str(file), "--language", "en")
    assert "2 rows: 1 created, 0 changed, 0 unchanged, 1 refused." in english.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "people", "x.csv"),
        ("import", "members"),
        ("import", "nodes", "x.csv", "--accept-duplicates"),
        ("import", "members", "x.csv", "--language", "fr"),
        ("export", "members", "x.csv", "--encoding", "latin-1"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    refused = linli(*arguments)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
