from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.deciding import settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.events.domain import wish as domain
from services.events.usecases.move_wishes import WishStep, move_wishes, written


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishWish(WishStep):
    """The wish may be claimed."""


async def publish_wishes(work: Work, commands: Sequence[PublishWish]) -> list[Written | Fault]:
    """Open wishes for claims (发布)."""
    moved = await move_wishes(work, commands, lambda wish, _, at: domain.publish(wish, at=at))
    return settle_each(moved, written)
