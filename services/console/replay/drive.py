"""Runs the year through the services, from the first node of the grid to the points."""

from services.console.channels import Channels
from services.console.replay.desk import Desk
from services.console.replay.findings import Answered
from services.console.replay.reading import read_back
from services.console.replay.write_activities import confirm_hours, write_attendances, write_shifts
from services.console.replay.write_members import write_grid, write_volunteers
from services.console.replay.write_points import write_board, write_rules
from services.console.replay.year import Year
from services.console.replay.zone import refuse_other_zone
from services.console.steps import Steps
from services.console.waiting import wait_for_consumers

WRITES = (
    # The grid comes first: data of another year refuse its first node, and nothing was changed.
    write_grid,
    write_rules,
    write_board,
    write_volunteers,
    write_shifts,
    write_attendances,
    confirm_hours,
    wait_for_consumers,
)


async def run(year: Year, /, *, channels: Channels, steps: Steps) -> Answered:
    """Write a year of shifts and read what became of it.

    Every request id derives from the folder's content and a code: the same folder over the same data, after a
    kill too, adds nothing and finds the same.

    Raises:
        OtherTimeZone: Nothing was written.
        WritingStopped: With one clear message.
    """
    await refuse_other_zone(channels)
    desk = Desk(channels=channels, steps=steps, year=year)
    for write in WRITES:
        await write(desk)
    return await read_back(desk)
