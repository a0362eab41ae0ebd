"""Wishes between wire and domain; pure."""

from typing import Final

from linli.events.v1 import wish_pb2 as pb

from services.chassis.call import Call
from services.chassis.moments import stated_moment, timestamp
from services.events.domain.wish import Wish, WishState
from services.events.storage.wire import WISH_CATEGORIES, WISH_STATES
from services.events.usecases.claim_wishes import ClaimWish
from services.events.usecases.confirm_fulfilments import ConfirmFulfilment
from services.events.usecases.fulfil_wishes import FulfilWish
from services.events.usecases.publish_wishes import PublishWish
from services.events.usecases.submit_wishes import SubmitWish
from services.events.usecases.verify_wishes import VerifyWish

_CATEGORY_OF: Final = {written: category for category, written in WISH_CATEGORIES.items()}
_STATE_OF: Final = {written: state for state, written in WISH_STATES.items()}


def submit_wish(request: pb.SubmitWishRequest, _call: Call) -> SubmitWish:
    return SubmitWish(
        code=request.code,
        title=request.title,
        category=_CATEGORY_OF[request.category],
        community_id=request.community_id,
        occurred_at=stated_moment(request),
    )


def verify_wish(request: pb.VerifyWishRequest, _call: Call) -> VerifyWish:
    return VerifyWish(wish_id=request.wish_id, occurred_at=stated_moment(request))


def publish_wish(request: pb.PublishWishRequest, _call: Call) -> PublishWish:
    return PublishWish(wish_id=request.wish_id, occurred_at=stated_moment(request))


def claim_wish(request: pb.ClaimWishRequest, _call: Call) -> ClaimWish:
    return ClaimWish(wish_id=request.wish_id, member_id=request.member_id, occurred_at=stated_moment(request))


def fulfil_wish(request: pb.FulfilWishRequest, _call: Call) -> FulfilWish:
    return FulfilWish(wish_id=request.wish_id, occurred_at=stated_moment(request))


def confirm_fulfilment(request: pb.ConfirmFulfilmentRequest, call: Call) -> ConfirmFulfilment:
    return ConfirmFulfilment(
        wish_id=request.wish_id, confirmed_by=str(call.caller), occurred_at=stated_moment(request)
    )


def wanted_state(request: pb.ListWishesRequest, /) -> WishState | None:
    """Read the filter; None: wishes in any state."""
    return _STATE_OF.get(request.state)


def wish_message(wish: Wish, /) -> pb.Wish:
    return pb.Wish(
        wish_id=wish.wish_id,
        code=wish.code,
        title=wish.title,
        category=WISH_CATEGORIES[wish.category],
        community_id=wish.community_id,
        state=WISH_STATES[wish.state],
        claimer_member_id=wish.claimer_member_id,
        submitted_at=timestamp(wish.submitted_at),
        claimed_at=timestamp(wish.claimed_at),
        fulfilled_at=timestamp(wish.fulfilled_at),
        confirmed_at=timestamp(wish.confirmed_at),
    )
