from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, settle_each
from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.events.domain import wish as domain
from services.events.domain.member import caller_as_recorded, persons_calling
from services.events.domain.wish import Wish
from services.events.storage.facts import of_wish
from services.events.storage.known import MEMBERS, known_communities, known_members
from services.events.storage.wishes import read_claimers
from services.events.usecases.move_wishes import WishStep, move_wishes


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmFulfilment(WishStep):
    confirmed_by: str
    """The caller: `member:<id>` or `service:<name>`."""


async def confirm_fulfilments(work: Work, commands: Sequence[ConfirmFulfilment]) -> list[Written | Fault]:
    """Confirm that wishes were fulfilled (反馈): they count from now on, effective at the fulfilment."""
    # Before they are locked: whoever fulfilled a wish stays its claimer.
    claimers = await read_claimers(work.connection, {command.wish_id for command in commands})
    callers = persons_calling(command.confirmed_by for command in commands)
    known = await known_members(work.connection, claimers | callers)

    def step(wish: Wish, command: ConfirmFulfilment, at: datetime) -> Wish:
        by = caller_as_recorded(command.confirmed_by, wish.claimer_member_id, known=known)
        return domain.confirm(wish, confirmed_by=by, at=at)

    moved = await move_wishes(work, commands, step)
    confirmed = accepted(moved)
    members = await known_members(work.connection, {wish.claimer_member_id for wish in confirmed})
    communities = await known_communities(work.connection, {wish.community_id for wish in confirmed})

    def settle(wish: Wish) -> Written:
        because_of = [
            (MEMBERS, wish.claimer_member_id, members[wish.claimer_member_id].revision),
            (MEMBERS, wish.community_id, communities[wish.community_id]),
        ]
        fact_id = of_wish(wish).make(work, causes=because_of)
        return Written(id=wish.wish_id, facts=(fact_id,))

    return settle_each(moved, settle)
