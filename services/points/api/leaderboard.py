"""Serves `LeaderboardService`."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from linli.feed.v1.write_pb2 import Freshness
from linli.points.v1 import leaderboard_pb2 as pb
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.pages import Page
from services.chassis.periods import Period
from services.chassis.rpc.table import Registration, Rpc
from services.points.api import translate_boards as translate
from services.points.api.access import ACCESS
from services.points.api.codes import CODES
from services.points.domain.faults import NotOnBoard
from services.points.storage.boards import list_boards, read_board
from services.points.storage.members import read_answering
from services.points.storage.reflection import read_reflection
from services.points.storage.standings import Ranking, count_standings, read_place, read_top
from services.points.usecases.create_board import create_board

SERVICE = pb.DESCRIPTOR.services_by_name["LeaderboardService"]
PLACES_DEFAULT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """A table as one transaction sees it."""

    connection: AsyncConnection
    ranking: Ranking
    freshness: Freshness


def leaderboard_service(frame: Frame) -> Registration:
    """Serve boards and who stands where on them."""

    async def answer_boards(request: pb.ListBoardsRequest, _call: Call) -> pb.ListBoardsResponse:
        page = Page.of(request)
        async with frame.database.read() as connection:
            found = await list_boards(connection, page)
        boards, token = page.cut(found, key=lambda board: (board.code,))
        return pb.ListBoardsResponse(
            boards=[translate.board_message(board) for board in boards], next_page_token=token
        )

    @asynccontextmanager
    async def look(request: pb.GetTopRequest | pb.GetRankRequest, call: Call) -> AsyncGenerator[_Look]:
        await frame.waiting.for_applied(request.at_least, call)
        async with frame.database.read() as connection:
            board = await read_board(connection, request.board_id)
            definition = board.definition
            table = definition.table(scope_id=request.scope_id, period_id=request.period_id, zone=frame.zone)
            reflection = await read_reflection(
                connection, period=Period.parse(request.period_id, zone=frame.zone)
            )
            freshness = translate.freshness_message(
                reflection, read_at=await frame.database.now(connection), tie_keys=definition.tie_keys
            )
            ranking = Ranking(board.board_id, table, definition.tie_keys)
            yield _Look(connection=connection, ranking=ranking, freshness=freshness)

    async def get_top(request: pb.GetTopRequest, call: Call) -> pb.GetTopResponse:
        async with look(request, call) as at:
            places = await read_top(at.connection, at.ranking, places_max=request.limit or PLACES_DEFAULT)
            standings = await count_standings(at.connection, at.ranking)
        return pb.GetTopResponse(
            places=[translate.place_message(place) for place in places],
            standings=standings,
            freshness=at.freshness,
        )

    async def get_rank(request: pb.GetRankRequest, call: Call) -> pb.GetRankResponse:
        async with look(request, call) as at:
            answering = await read_answering(at.connection, [request.member_id])
            member_id = answering.get(request.member_id, request.member_id)
            place = await read_place(at.connection, at.ranking, member_id=member_id)
            if place is None:
                raise NotOnBoard(field="member_id", member_id=request.member_id)
            standings = await count_standings(at.connection, at.ranking)
        return pb.GetRankResponse(
            place=translate.place_message(place), standings=standings, freshness=at.freshness
        )

    writes = frame.writes(SERVICE, CODES)
    rpcs: dict[str, Rpc] = {
        **writes.rpcs("CreateBoard", decode=translate.create_board, usecase=create_board),
        "ListBoards": answer_boards,
        "GetTop": get_top,
        "GetRank": get_rank,
    }
    return Registration(descriptor=SERVICE, rpcs=rpcs, access=ACCESS, codes=CODES)
