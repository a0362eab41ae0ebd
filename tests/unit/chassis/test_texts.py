from pathlib import Path

import pytest

from services.chassis.texts import Catalogue, Language, current_language, disagreements


def catalogue(folder: Path, *, chinese: str, english: str) -> Catalogue:
    (folder / "zh-CN.toml").write_text(chinese, encoding="utf-8")
    (folder / "en.toml").write_text(english, encoding="utf-8")
    return Catalogue.load(folder)


class TestACatalogue:
    def test_speaks_the_language_of_whoever_is_answered(self, tmp_path: Path) -> None:
        found = catalogue(tmp_path, chinese='[a]\nb = "第{row}行"', english='[a]\nb = "row {row}"')
        assert found.text("a.b", row=3) == "第3行"
        before = current_language.set(Language.ENGLISH)
        assert found.text("a.b", row=3) == "row 3"
        current_language.reset(before)

    def test_has_no_text_without_a_key_and_none_without_its_values(self, tmp_path: Path) -> None:
        found = catalogue(tmp_path, chinese='a = "{row}"', english='a = "{row}"')
        with pytest.raises(KeyError):
            found.text("b")
        with pytest.raises(KeyError):
            found.text("a", column=1)

    def test_whose_languages_disagree_is_found_out(self, tmp_path: Path) -> None:
        found = catalogue(
            tmp_path, chinese='a = "{row}"\nb = ""\nsame = ""', english='a = ""\nc = ""\nsame = ""'
        )
        assert list(disagreements(found)) == [
            "b: not in en",
            "c: not in zh-CN",
            "a: the languages have different placeholders",
        ]
