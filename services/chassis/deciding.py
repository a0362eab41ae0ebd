"""How a use case goes through its batch: every command has its own outcome, and a refusal spoils no other.

decided = decide_each(commands, decide)
stored = await insert_...(work, accepted(decided))
return settle_each(decided, settle)
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from services.chassis.faults import Fault
from services.chassis.work import Written

Command = TypeVar("Command")
Record = TypeVar("Record")


def decide_each(commands: Iterable[Command], decide: Callable[[Command], Record], /) -> list[Record | Fault]:
    """Decide commands in their order.

    Args:
        commands: Of one batch.
        decide: Raises a fault to refuse; remembers what it decided, for the commands that follow.
    """
    return [_try(command, decide) for command in commands]


def accepted(decided: Iterable[Record | Fault], /) -> list[Record]:
    """Keep what was not refused."""
    return [decision for decision in decided if not isinstance(decision, Fault)]


def settle_each(
    decided: Iterable[Record | Fault], settle: Callable[[Record], Written], /
) -> list[Written | Fault]:
    """Turn decisions that are stored into outcomes, in the order of the commands.

    Args:
        decided: From `decide_each`.
        settle: States the facts; raises a fault for a record that somebody else was faster to write.
    """
    return [decision if isinstance(decision, Fault) else _try(decision, settle) for decision in decided]


def _try(subject: Command, attempt: Callable[[Command], Record]) -> Record | Fault:
    try:
        return attempt(subject)
    except Fault as fault:
        return fault
