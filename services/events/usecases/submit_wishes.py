from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.events.domain.faults import CodeTaken, CommunityUnknown
from services.events.domain.wish import Wish, WishCategory
from services.events.storage.known import known_communities
from services.events.storage.wishes import insert_wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitWish:
    code: str
    title: str
    category: WishCategory
    community_id: str
    occurred_at: datetime | None = None


async def submit_wishes(work: Work, commands: Sequence[SubmitWish]) -> list[Written | Fault]:
    """Collect wishes (征集). Nothing is stated before somebody confirmed the fulfilment."""
    communities = await known_communities(work.connection, {command.community_id for command in commands})
    codes: set[str] = set()

    def decide(command: SubmitWish) -> Wish:
        submitted_at = occurred(command.occurred_at, now=work.now)
        if command.community_id not in communities:
            raise CommunityUnknown(field="community_id", community_id=command.community_id)
        if command.code in codes:
            raise CodeTaken(field="code", code=command.code)
        codes.add(command.code)
        return Wish(
            wish_id=new_id(),
            code=command.code,
            title=command.title,
            category=command.category,
            community_id=command.community_id,
            submitted_at=submitted_at,
        )

    decided = decide_each(commands, decide)
    stored = await insert_wishes(work.connection, accepted(decided))

    def settle(wish: Wish) -> Written:
        if wish.wish_id not in stored:
            raise CodeTaken(field="code", code=wish.code)
        return Written(id=wish.wish_id)

    return settle_each(decided, settle)
