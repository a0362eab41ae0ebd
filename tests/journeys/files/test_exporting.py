import csv
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.journeys.files.district import District, counts, lines
from tests.journeys.linli import linli, served

HEADING = "编号,姓名,人员类型,单位编码,手机,技能,服务类别,预备党员,登记日期,外部编号(hr),外部编号(app)"
MEMBERS = (
    "M1,张伟,在职党员,U2,13800138000,first-aid、cooking,environment,是,2025-01-31,h1,a1",
    "M2,'=cmd|' /C calc'!A0,志愿者,,,,,,2025-01-31,,'=1+1",
    "M3,''quoted,居民,,,,,,2025-02-01,,@x",
)


def rows(path: Path, encoding: str = "utf-8-sig") -> list[list[str]]:
    if path.suffix == ".xlsx":
        return [[str(cell or "") for cell in row] for row in load_workbook(path).worksheets[0].values]
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file))


class TestAnExport:
    @pytest.mark.parametrize("name", ["found.csv", "found.xlsx"])
    def test_that_is_imported_again_changes_nothing(self, district: District, name: str) -> None:
        assert counts(district.bring("members", lines(HEADING, *MEMBERS))) == (3, 0, 0, 0)
        found = district.export("members", name)
        assert counts(district.bring("members", found, "--update")) == (0, 0, 3, 0)
        for kind, count in (("units", 2), ("nodes", 3)):
            found = district.export(kind, name)
            assert counts(district.bring(kind, found, "--update")) == (0, 0, count, 0)

    @pytest.mark.slow
    def test_fills_an_empty_register_with_the_same(self, district: District, tmp_path: Path) -> None:
        district.bring("members", lines(HEADING, *MEMBERS))
        files = {kind: district.export(kind, f"{kind}.xlsx") for kind in ("nodes", "units", "members")}
        with served(tmp_path / "other") as server:
            other = District(folder=tmp_path / "copy", data=server.folder)
            other.folder.mkdir()
            for kind, file in files.items():
                assert counts(other.bring(kind, file))[1:] == (0, 0, 0)
                assert rows(other.export(kind, f"{kind}.xlsx")) == rows(file)

    def test_lets_no_cell_begin_like_a_formula(self, district: District) -> None:
        district.bring("members", lines(HEADING, *MEMBERS))
        for name in ("found.csv", "found.xlsx"):
            cells = [cell for row in rows(district.export("members", name)) for cell in row]
            assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
            assert "'=cmd|' /C calc'!A0" in cells

    @pytest.mark.slow
    def test_is_written_in_the_language_and_encoding_that_is_asked_for(self, district: District) -> None:
        district.bring("members", lines(HEADING, *MEMBERS))
        english = rows(district.export("members", "en.csv", "--language", "en"))
        assert english[0][:3] == ["code", "name", "type"]
        assert english[0][-2:] == ["external_id:app", "external_id:hr"]
        assert english[1][:3] == ["M1", "张伟", "in_service"]
        chinese = district.export("members", "zh.csv", "--encoding", "gb18030")
        assert rows(chinese, "gb18030")[1][:3] == ["M1", "张伟", "在职党员"]
        assert counts(district.bring("members", district.folder / "en.csv")) == (0, 0, 3, 0)

    @pytest.mark.slow
    def test_that_cannot_be_written_leaves_nothing(self, district: District) -> None:
        older = district.file(b"older", "older.csv")
        for file in (district.folder / "none" / "a.csv", district.folder / "a.pdf"):
            refused = district.command("export", "members", str(file))
            assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
        assert linli("export", "members", str(older), "--data-dir", str(district.folder)).returncode == 1
        assert older.read_bytes() == b"older"
        assert not [path for path in district.folder.iterdir() if "unfinished" in path.name]
