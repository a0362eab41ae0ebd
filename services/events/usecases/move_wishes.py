"""The skeleton of every step of a wish."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from services.chassis.deciding import accepted
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.events.domain.faults import WishUnknown
from services.events.domain.wish import Wish
from services.events.storage.wishes import lock_wishes, update_wishes
from services.events.usecases.take_steps import take_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class WishStep:
    """A step of a wish, at a stated time or now."""

    wish_id: str
    occurred_at: datetime | None = None


Step = TypeVar("Step", bound=WishStep)


async def decide_steps(
    work: Work, commands: Sequence[Step], take: Callable[[Wish, Step, datetime], Wish], /
) -> list[Wish | Fault]:
    """Lock the wishes and take the step of each command in memory; nothing is stored.

    Args:
        work: The transaction.
        commands: The batch.
        take: From the wish, the command and the time of the step to the wish after it.
    """
    return take_steps(
        commands,
        held=await lock_wishes(work.connection, {command.wish_id for command in commands}),
        record_id=lambda command: command.wish_id,
        unknown=WishUnknown,
        step=lambda wish, command: take(wish, command, occurred(command.occurred_at, now=work.now)),
    )


async def move_wishes(
    work: Work, commands: Sequence[Step], take: Callable[[Wish, Step, datetime], Wish], /
) -> list[Wish | Fault]:
    """Lock the wishes, take the step of each command, and store where they then stand."""
    decided = await decide_steps(work, commands, take)
    await update_wishes(work.connection, accepted(decided))
    return decided


def written(wish: Wish, /) -> Written:
    """Answer a step that states no fact."""
    return Written(id=wish.wish_id)
