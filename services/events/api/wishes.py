"""Serves `WishService`."""

from typing import Final

from linli.events.v1 import wish_pb2 as pb

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.pages import Page
from services.chassis.rpc.table import Registration, Rpc
from services.events.api import translate_wishes as translate
from services.events.api.access import ACCESS
from services.events.api.codes import CODES
from services.events.domain.faults import WishUnknown
from services.events.storage.wishes import list_wishes, read_wish
from services.events.usecases.claim_wishes import claim_wishes
from services.events.usecases.confirm_fulfilments import confirm_fulfilments
from services.events.usecases.fulfil_wishes import fulfil_wishes
from services.events.usecases.publish_wishes import publish_wishes
from services.events.usecases.submit_wishes import submit_wishes
from services.events.usecases.verify_wishes import verify_wishes

SERVICE: Final = pb.DESCRIPTOR.services_by_name["WishService"]


def wish_service(frame: Frame, /) -> Registration:
    """Put the RPCs together."""
    rpcs = _writes(frame) | _reads(frame)
    return Registration(descriptor=SERVICE, rpcs=rpcs, access=ACCESS, codes=CODES)


def _writes(frame: Frame) -> dict[str, Rpc]:
    write = frame.writes(SERVICE, CODES).rpcs
    return {
        **write("SubmitWish", batch="BatchSubmitWishes", decode=translate.submit_wish, usecase=submit_wishes),
        **write("VerifyWish", batch="BatchVerifyWishes", decode=translate.verify_wish, usecase=verify_wishes),
        **write(
            "PublishWish", batch="BatchPublishWishes", decode=translate.publish_wish, usecase=publish_wishes
        ),
        **write("ClaimWish", batch="BatchClaimWishes", decode=translate.claim_wish, usecase=claim_wishes),
        **write("FulfilWish", batch="BatchFulfilWishes", decode=translate.fulfil_wish, usecase=fulfil_wishes),
        **write(
            "ConfirmFulfilment",
            batch="BatchConfirmFulfilments",
            decode=translate.confirm_fulfilment,
            usecase=confirm_fulfilments,
        ),
    }


def _reads(frame: Frame) -> dict[str, Rpc]:
    async def get_wish(request: pb.GetWishRequest, _call: Call) -> pb.GetWishResponse:
        async with frame.database.read() as connection:
            wish = await read_wish(connection, request.wish_id)
        if wish is None:
            raise WishUnknown
        return pb.GetWishResponse(wish=translate.wish_message(wish))

    async def list_all(request: pb.ListWishesRequest, _call: Call) -> pb.ListWishesResponse:
        page = Page.of(request)
        async with frame.database.read() as connection:
            found = await list_wishes(
                connection,
                page,
                state=translate.wanted_state(request),
                community_id=request.community_id,
            )
        kept, token = page.cut(found, key=lambda wish: (wish.code,))
        wishes = [translate.wish_message(wish) for wish in kept]
        return pb.ListWishesResponse(wishes=wishes, next_page_token=token)

    return {"GetWish": get_wish, "ListWishes": list_all}
