import pytest

from services.members.storage.sort_names import SORT_NAME_CHARACTERS_MAX, sort_name_of


class TestASortName:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("王伟", "wang wei"),
            ("吕布", "lv bu"),
            ("单田芳", "shan tian fang"),
            ("曾国藩", "zeng guo fan"),
            ("解缙", "xie jin"),
            ("仇英", "qiu ying"),
            ("尉迟恭", "yu chi gong"),
            ("欧阳修", "ou yang xiu"),
            ("买买提·艾力", "mai mai ti ai li"),
            ("John Smith", "john smith"),
            ("单", "dan"),
            ("😀", "😀"),
        ],
    )
    def test_is_read_as_the_name_is(self, name: str, expected: str) -> None:
        assert sort_name_of(name) == expected

    def test_has_room_for_the_longest_name(self) -> None:
        assert len(sort_name_of("双" * 100)) <= SORT_NAME_CHARACTERS_MAX

    def test_orders_by_syllables_and_not_by_letters(self) -> None:
        names = ["先生", "西安", "王伟", "阿宝"]
        assert sorted(names, key=sort_name_of) == ["阿宝", "王伟", "西安", "先生"]
