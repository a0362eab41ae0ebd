"""Runs the year through the services, from the first node of the grid to the receipt."""

from decimal import Decimal

from services.console.channels import Channels
from services.console.demo.desk import Desk
from services.console.demo.district import District, Node
from services.console.demo.explaining import explain_one
from services.console.demo.findings import Board, Findings
from services.console.demo.generate import generate
from services.console.demo.reading import (
    read_community_board,
    read_counts,
    read_district_board,
    read_names,
    read_participation,
)
from services.console.demo.rewarding import reward_top_ten
from services.console.demo.write_activities import confirm_hours, write_activities, write_attendances
from services.console.demo.write_members import (
    write_enrolments,
    write_grid,
    write_members,
    write_work_units,
)
from services.console.demo.write_points import write_boards, write_rules
from services.console.demo.write_wishes import write_wishes
from services.console.steps import Steps
from services.console.waiting import wait_for_consumers

WRITES = (
    # The grid comes first: a folder with another district refuses its first node, and nothing was changed.
    write_grid,
    write_rules,
    write_boards,
    write_work_units,
    write_members,
    write_enrolments,
    write_activities,
    write_attendances,
    confirm_hours,
    write_wishes,
    wait_for_consumers,
)


async def run(*, channels: Channels, seed: int, scale: Decimal, steps: Steps) -> Findings:
    """Write a district's year and read what became of it.

    Every request id derives from seed, scale and codes: the same year over the same data folder, after a kill
    too, adds nothing and finds the same.

    Args:
        channels: To the servers of all services.
        seed: From 0 to 4294967295.
        scale: 1 is the true size.
        steps: Times the steps and shows them.

    Raises:
        DemoStopped: With one clear message.
    """
    with steps.step("the year, drawn"):
        district = generate(seed=seed, scale=scale)
    desk = Desk(channels=channels, district=district, steps=steps)
    for write in WRITES:
        await write(desk)
    with steps.step("read back", total=2) as advance:
        names = await read_names(desk)
        advance(1)
        counted = await read_counts(desk, names=names)
    with steps.step("participation and boards", total=4) as advance:
        participation = await read_participation(desk)
        advance(1)
        top = await read_district_board(desk, names=names)
        advance(1)
        community = await read_community_board(desk, names=names, community=_home_of_best(district, top))
        advance(1)
        explained = await explain_one(desk, names=names)
    with steps.step("reward run"):
        receipt = await reward_top_ten(desk, names=names)
    return Findings(
        counted=counted,
        participation=participation,
        top=top,
        community=community,
        explained=explained,
        receipt=receipt,
    )


def _home_of_best(district: District, top: Board) -> Node:
    """Choose the community whose board is shown: that of the district's best."""
    home = next(member.community for member in district.members if member.code == top.lines[0].code)
    return next(node for node in district.communities if node.code == home)
