"""The skeleton of every step of a record: find it, take the step, keep it for the commands that follow."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from services.chassis.deciding import decide_each
from services.chassis.faults import Fault

Command = TypeVar("Command")
Record = TypeVar("Record")


def take_steps(
    commands: Sequence[Command],
    *,
    held: dict[str, Record],
    record_id: Callable[[Command], str],
    unknown: type[Fault],
    step: Callable[[Record, Command], Record],
) -> list[Record | Fault]:
    """Take a step of a record for each command, in order.

    Args:
        commands: The batch.
        held: The records by id, locked; updated, so that a later command sees what an earlier one did.
        record_id: Which record a command is about.
        unknown: The refusal of a command about a record that is not held.
        step: Pure; raises a fault to refuse.

    Returns:
        The record after the step, or the refusal. A step never follows itself, so no record comes twice.
    """

    def decide(command: Command) -> Record:
        place = record_id(command)
        if place not in held:
            raise unknown
        held[place] = step(held[place], command)
        return held[place]

    return decide_each(commands, decide)
