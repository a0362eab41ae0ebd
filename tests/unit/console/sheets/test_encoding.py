from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.faults import FileRefused
from services.console.sheets.encoding import GB18030, UTF_8, find_encoding

TEXT = "编号,姓名\n1,张伟\n2,㐀𠀀龥\n"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("encoding") / "members.csv"


@pytest.mark.parametrize(
    ("encoding", "found"), [("utf-8", UTF_8), ("utf-8-sig", UTF_8), ("gb18030", GB18030), ("gbk", GB18030)]
)
def test_an_encoding_is_found_without_being_told(path: Path, encoding: str, found: str) -> None:
    text = TEXT.replace("㐀𠀀", "") if encoding == "gbk" else TEXT
    path.write_bytes(text.encode(encoding))
    written = find_encoding(path)
    assert (written.encoding, written.lines) == (found, 3)
    assert path.read_text(encoding=written.encoding) == text


@given(text=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1))
def test_no_name_of_gb18030_is_taken_for_damaged_utf_8(path: Path, text: str) -> None:
    path.write_bytes(f"编号,姓名\n1,{text}\n".encode("gb18030"))
    assert find_encoding(path).encoding == GB18030


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_damaged_utf_8_is_not_guessed_to_be_another_encoding(path: Path, mark: bytes) -> None:
    lines = TEXT.encode().split(b"\n")
    lines[1] = lines[1][:-1] + b"\xc3"  # of the last character one byte is another
    path.write_bytes(mark + b"\n".join(lines))
    with pytest.raises(FileRefused, match=r"第 2 行的 UTF-8 编码已损坏.*另存为"):
        find_encoding(path)


def test_what_is_neither_names_the_line(path: Path) -> None:
    path.write_bytes("编号,姓名\n1,".encode("gb18030") + b"\xff\xff\n")
    with pytest.raises(FileRefused, match="第 2 行无法识别"):
        find_encoding(path)


def test_a_character_cut_off_at_the_end_is_damage_too(path: Path) -> None:
    path.write_bytes(TEXT.rstrip().encode()[:-1])
    with pytest.raises(FileRefused, match="第 3 行"):
        find_encoding(path)


@pytest.mark.parametrize(
    ("content", "told"), [(b"\xff\xfea\x00", "UTF-16"), (b"a\nb\x00c\n", "第 2 行含有空字符")]
)
def test_what_is_no_csv_says_what_to_do(path: Path, content: bytes, told: str) -> None:
    path.write_bytes(content)
    with pytest.raises(FileRefused, match=f"{told}.*另存为"):
        find_encoding(path)
