"""Surnames that are read otherwise than the same characters elsewhere.

The readings are those that dictionaries such as 《现代汉语词典》 mark as surnames (姓), toneless, ü as v;
of two such readings the more common one (覃 qin, 乐 yue). Whoever reads theirs otherwise states it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

READINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "万俟": "mo qi",
        "单于": "chan yu",
        "尉迟": "yu chi",
        "澹台": "tan tai",
        "乐正": "yue zheng",
        "长孙": "zhang sun",
        "单": "shan",
        "曾": "zeng",
        "解": "xie",
        "仇": "qiu",
        "查": "zha",
        "朴": "piao",
        "盖": "ge",
        "区": "ou",
        "员": "yun",
        "翟": "zhai",
        "冼": "xian",
        "洗": "xian",
        "缪": "miao",
        "种": "chong",
        "覃": "qin",
        "乐": "yue",
        "秘": "bi",
        "折": "she",
        "召": "shao",
        "祭": "zhai",
        "么": "yao",
        "繁": "po",
        "薄": "bo",
        "牟": "mu",
        "都": "du",
        "句": "gou",
        "佴": "nai",
        "粘": "nian",
        "卜": "bu",
        "适": "kuo",
        "郇": "xun",
        "阚": "kan",
        "炅": "gui",
        "任": "ren",
        "华": "hua",
        "宁": "ning",
        "纪": "ji",
        "葛": "ge",
        "盛": "sheng",
        "燕": "yan",
        "应": "ying",
    }
)
"""By the surname; those of two characters are looked for first."""


def family_reading(name: str, /) -> tuple[str, str]:
    """Split off a surname of the table: its reading (empty if it is not there), and the rest of the name."""
    for length in (2, 1):
        reading = READINGS.get(name[:length])
        if reading and len(name) > length:
            return reading, name[length:]
    return "", name
