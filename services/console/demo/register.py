"""Draws the grid, the work units and the people."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from services.console.demo import names
from services.console.demo.counts import Counts, shares
from services.console.demo.district import Level, Member, Node, WorkUnit
from services.console.demo.year import YEAR, between, local

_ENROLLING_FROM = local(date(YEAR, 1, 2), 8)
"""All enrol in the first days of the year, so that the whole year counts; the source gives no dates."""
_ENROLLING_FOR = timedelta(days=6)
_SIZE_PER_CENT = (75, 125)
"""How far the size of a community strays from the mean."""


def draw_grid(counts: Counts) -> tuple[Node, ...]:
    """Name the nodes level by level, each level spread evenly over the one above."""
    district = Node(code="CH", name=names.DISTRICT, level=Level.DISTRICT, parent="")
    streets = _below([district], count=counts.streets, level=Level.STREET, letter="S", name=names.street)
    communities = _below(
        streets, count=counts.communities, level=Level.COMMUNITY, letter="C", name=names.community
    )
    areas = _below(communities, count=counts.areas, level=Level.AREA, letter="A", name=_area)
    groups = _below(areas, count=counts.building_groups, level=Level.BUILDING_GROUP, letter="B", name=_group)
    return (district, *streets, *communities, *areas, *groups)


def draw_work_units(counts: Counts) -> tuple[WorkUnit, ...]:
    return tuple(
        WorkUnit(code=f"U{index + 1:03d}", name=names.work_unit(index)) for index in range(counts.work_units)
    )


def draw_members(
    random: Random, *, counts: Counts, communities: list[Node], work_units: tuple[WorkUnit, ...]
) -> tuple[Member, ...]:
    """Spread the members over communities of somewhat different size, in no order, each with a work unit."""
    sizes = shares(total=counts.members, weights=[random.randint(*_SIZE_PER_CENT) for _ in communities])
    homes = [home.code for home, size in zip(communities, sizes, strict=True) for _ in range(size)]
    random.shuffle(homes)
    return tuple(
        Member(
            code=f"M{index + 1:05d}",
            name=names.person(random),
            work_unit=random.choice(work_units).code,
            community=home,
            enrolled_at=_ENROLLING_FROM + between(random, timedelta(0), _ENROLLING_FOR),
        )
        for index, home in enumerate(homes)
    )


def _below(
    parents: list[Node], *, count: int, level: Level, letter: str, name: Callable[[int], str]
) -> list[Node]:
    return [
        Node(
            code=f"{letter}{index + 1:04d}",
            name=name(index),
            level=level,
            parent=parents[index * len(parents) // count].code,
        )
        for index in range(count)
    ]


def _area(index: int) -> str:
    return f"第{index + 1}片区"


def _group(index: int) -> str:
    return f"第{index + 1}楼栋"
