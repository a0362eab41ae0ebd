"""Invented names. Streets and communities are not those of the real district, persons are nobody."""

from random import Random

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂文辉玲华红玉建国海燕晓春梅志宏佳慧宇欣子涵雨晨思远俊凯婷雪"
)
_SINGLE_GIVEN_NAME_PER_MILLE = 250

_STREETS = ("和顺", "安居", "新民", "春晖", "文昌", "滨河", "永宁", "长乐", "东升")
_COMMUNITY_FIRST = ("幸福", "朝阳", "桂花", "清河", "团结", "光明", "平安", "锦绣", "槐荫", "五一", "荷塘")
_COMMUNITY_SECOND = ("里", "园", "苑", "路", "坊")
_WORK_UNITS = (
    "教育体育局",
    "财政局",
    "卫生健康委员会",
    "民政局",
    "司法局",
    "水利局",
    "农业农村局",
    "商务局",
    "审计局",
    "统计局",
    "市场监督管理局",
    "应急管理局",
    "城市管理局",
    "住房和城乡建设局",
    "交通运输局",
    "文化广电和旅游局",
    "人力资源和社会保障局",
    "退役军人事务局",
    "医疗保障局",
    "信访局",
    "档案馆",
    "图书馆",
)
_UNIT_KINDS = ("机关", "下属中心", "服务站")

DISTRICT = "川汇区"
ACTIVITIES = (
    "社区清洁日",
    "走访慰问老人",
    "文明交通劝导",
    "防诈骗宣传",
    "便民义诊",
    "垃圾分类指导",
    "楼道整治",
    "图书角整理",
    "平安巡逻",
)
HARDSHIP_WISHES = (
    "一床过冬的棉被",
    "一袋米和一桶油",
    "一辆代步轮椅",
    "一套学习用品",
    "一台电风扇",
    "一双防滑棉鞋",
)
LIVELIHOOD_WISHES = (
    "楼道灯修好",
    "晾衣架加固",
    "单元门口加扶手",
    "水管漏水修好",
    "小区长椅修补",
    "陪同办一次医保",
)


def person(random: Random) -> str:
    """Make a name of two or three characters."""
    given = 1 if random.randrange(1000) < _SINGLE_GIVEN_NAME_PER_MILLE else 2
    return random.choice(_SURNAMES) + "".join(random.choice(_GIVEN) for _ in range(given))


def street(index: int) -> str:
    return _numbered(_STREETS[index % len(_STREETS)], index // len(_STREETS)) + "街道"


def community(index: int) -> str:
    first = _COMMUNITY_FIRST[index % len(_COMMUNITY_FIRST)]
    turn = index // len(_COMMUNITY_FIRST)
    second = _COMMUNITY_SECOND[turn % len(_COMMUNITY_SECOND)]
    return _numbered(first + second, turn // len(_COMMUNITY_SECOND)) + "社区"


def work_unit(index: int) -> str:
    turn = index // len(_WORK_UNITS)
    name = _WORK_UNITS[index % len(_WORK_UNITS)] + _UNIT_KINDS[turn % len(_UNIT_KINDS)]
    return _numbered(name, turn // len(_UNIT_KINDS))


def _numbered(name: str, round_number: int) -> str:
    return f"{name}{round_number + 1}" if round_number else name
