from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.deciding import settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.events.domain import wish as domain
from services.events.usecases.move_wishes import WishStep, move_wishes, written


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilWish(WishStep):
    """The claimer fulfilled the wish."""


async def fulfil_wishes(work: Work, commands: Sequence[FulfilWish]) -> list[Written | Fault]:
    """Record that claimers fulfilled wishes (实现)."""
    moved = await move_wishes(work, commands, lambda wish, _, at: domain.fulfil(wish, at=at))
    return settle_each(moved, written)
