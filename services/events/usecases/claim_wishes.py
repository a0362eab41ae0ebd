from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.events.domain import wish as domain
from services.events.domain.faults import AlreadyClaimed
from services.events.domain.member import refuse_absent
from services.events.domain.wish import Wish
from services.events.storage.known import known_members
from services.events.storage.wishes import insert_claims, update_wishes
from services.events.usecases.move_wishes import WishStep, decide_steps, written


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimWish(WishStep):
    member_id: str


async def claim_wishes(work: Work, commands: Sequence[ClaimWish]) -> list[Written | Fault]:
    """Give wishes to whoever claims them first (认领).

    The lock on the wish decides a race; the index that allows one live claim has the last word.
    """
    members = await known_members(work.connection, {command.member_id for command in commands})

    def take(wish: Wish, command: ClaimWish, at: datetime) -> Wish:
        refuse_absent(command.member_id, known=members)
        return domain.claim(wish, member_id=command.member_id, at=at)

    decided = await decide_steps(work, commands, take)
    claimed = accepted(decided)
    won = await insert_claims(work.connection, claimed)
    await update_wishes(work.connection, [wish for wish in claimed if wish.wish_id in won])

    def settle(wish: Wish) -> Written:
        if wish.wish_id not in won:
            raise AlreadyClaimed(wish_id=wish.wish_id)
        return written(wish)

    return settle_each(decided, settle)
