"""Brings the wishes to `events`, step by step."""

from collections.abc import Callable
from datetime import datetime

from grpc import aio
from linli.events.v1 import wish_pb2 as pb
from linli.events.v1.wish_pb2_grpc import WishServiceStub

from services.chassis.moments import timestamp
from services.console.demo.desk import Desk
from services.console.demo.district import Wish, WishCategory
from services.console.desk import Batch, BatchAnswer, Item
from services.console.steps import Advance

CATEGORIES = {
    WishCategory.HARDSHIP_HELP: pb.WishCategory.WISH_CATEGORY_HARDSHIP_HELP,
    WishCategory.LIVELIHOOD: pb.WishCategory.WISH_CATEGORY_LIVELIHOOD,
}
_STEPS = 6


async def write_wishes(desk: Desk) -> None:
    """Take all wishes through a step before any takes the next."""
    service = WishServiceStub(desk.channels["events"])
    with desk.steps.step("micro-wishes (微心愿)", total=_STEPS * len(desk.district.wishes)) as advance:
        await _submit(desk, advance)
        await _step(
            desk,
            service.BatchVerifyWishes,
            pb.BatchVerifyWishesRequest,
            pb.VerifyWishRequest,
            verb="verify",
            at=lambda wish: wish.verified_at,
            advance=advance,
        )
        await _step(
            desk,
            service.BatchPublishWishes,
            pb.BatchPublishWishesRequest,
            pb.PublishWishRequest,
            verb="publish",
            at=lambda wish: wish.published_at,
            advance=advance,
        )
        await _claim(desk, advance)
        await _step(
            desk,
            service.BatchFulfilWishes,
            pb.BatchFulfilWishesRequest,
            pb.FulfilWishRequest,
            verb="fulfil",
            at=lambda wish: wish.fulfilled_at,
            advance=advance,
        )
        await _step(
            desk,
            service.BatchConfirmFulfilments,
            pb.BatchConfirmFulfilmentsRequest,
            pb.ConfirmFulfilmentRequest,
            verb="confirm",
            at=lambda wish: wish.confirmed_at,
            advance=advance,
        )


async def _submit(desk: Desk, advance: Advance) -> None:
    await desk.write(
        WishServiceStub(desk.channels["events"]).BatchSubmitWishes,
        pb.BatchSubmitWishesRequest,
        items={
            wish.code: pb.SubmitWishRequest(
                request_id=desk.request_id("submit", wish.code),
                code=wish.code,
                title=wish.title,
                category=CATEGORIES[wish.category],
                community_id=desk.ids[wish.community],
                occurred_at=timestamp(wish.submitted_at),
            )
            for wish in desk.district.wishes
        },
        advance=advance,
        after=["members"],
    )


async def _claim(desk: Desk, advance: Advance) -> None:
    await desk.write(
        WishServiceStub(desk.channels["events"]).BatchClaimWishes,
        pb.BatchClaimWishesRequest,
        items={
            wish.code: pb.ClaimWishRequest(
                request_id=desk.request_id("claim", wish.code),
                wish_id=desk.ids[wish.code],
                member_id=desk.ids[wish.claimer],
                occurred_at=timestamp(wish.claimed_at),
            )
            for wish in desk.district.wishes
        },
        advance=advance,
        after=["members"],
    )


async def _step(
    desk: Desk,
    rpc: aio.UnaryUnaryMultiCallable[Batch, BatchAnswer],
    batch: Callable[..., Batch],
    request: Callable[..., Item],
    *,
    verb: str,
    at: Callable[[Wish], datetime],
    advance: Advance,
) -> None:
    """Take a step that needs no more than the wish and the moment."""
    items = {
        wish.code: request(
            request_id=desk.request_id(verb, wish.code),
            wish_id=desk.ids[wish.code],
            occurred_at=timestamp(at(wish)),
        )
        for wish in desk.district.wishes
    }
    await desk.write(rpc, batch, items=items, advance=advance)
