"""Between messages and the domain, for leaderboards; everything here is pure."""

from datetime import datetime

from linli.feed.v1.write_pb2 import Freshness
from linli.points.v1 import leaderboard_pb2 as pb

from services.chassis.call import Call
from services.chassis.moments import timestamp
from services.chassis.periods import PeriodKind
from services.points.domain.board import Board, BoardScope, Place, TieKey
from services.points.storage.boards import NamedBoard
from services.points.storage.reflection import Reflection
from services.points.usecases.create_board import CreateBoard

_SCOPES = {
    pb.BoardScope.BOARD_SCOPE_DISTRICT: BoardScope.DISTRICT,
    pb.BoardScope.BOARD_SCOPE_COMMUNITY: BoardScope.COMMUNITY,
}
_PERIOD_KINDS = {
    pb.PeriodKind.PERIOD_KIND_YEAR: PeriodKind.YEAR,
    pb.PeriodKind.PERIOD_KIND_QUARTER: PeriodKind.QUARTER,
    pb.PeriodKind.PERIOD_KIND_MONTH: PeriodKind.MONTH,
}
_TIE_KEYS = {
    pb.TieKey.TIE_KEY_WISHES_FULFILLED: TieKey.WISHES_FULFILLED,
    pb.TieKey.TIE_KEY_COUNTED_MINUTES: TieKey.COUNTED_MINUTES,
    pb.TieKey.TIE_KEY_EARLIEST_REACHED: TieKey.EARLIEST_REACHED,
}
_SCOPES_WRITTEN = {scope: written for written, scope in _SCOPES.items()}
_PERIOD_KINDS_WRITTEN = {kind: written for written, kind in _PERIOD_KINDS.items()}
_TIE_KEYS_WRITTEN = {key: written for written, key in _TIE_KEYS.items()}


def create_board(request: pb.CreateBoardRequest, call: Call) -> CreateBoard:
    definition = Board(
        scope=_SCOPES[request.scope],
        period_kind=_PERIOD_KINDS[request.period_kind],
        tie_keys=tuple(_TIE_KEYS[key] for key in request.tie_keys),
    )
    return CreateBoard(
        code=request.code, name=request.name, definition=definition, created_by=str(call.caller)
    )


def board_message(board: NamedBoard) -> pb.Board:
    return pb.Board(
        board_id=board.board_id,
        code=board.code,
        name=board.name,
        scope=_SCOPES_WRITTEN[board.definition.scope],
        period_kind=_PERIOD_KINDS_WRITTEN[board.definition.period_kind],
        tie_keys=[_TIE_KEYS_WRITTEN[key] for key in board.definition.tie_keys],
    )


def place_message(place: Place) -> pb.Place:
    standing = place.standing
    return pb.Place(
        place=place.place,
        member_id=standing.member_id,
        score_milli=standing.score_milli,
        wishes_fulfilled=standing.wishes_fulfilled,
        counted_minutes=standing.counted_minutes,
        reached_at=timestamp(standing.reached_at),
    )


def freshness_message(
    reflection: Reflection, *, read_at: datetime, tie_keys: tuple[TieKey, ...]
) -> Freshness:
    return Freshness(
        positions=reflection.positions,
        read_at=timestamp(read_at),
        parked_subjects=reflection.parked_subjects,
        rule_set_ids=reflection.rule_set_ids,
        tie_policy=", ".join(key.name for key in tie_keys),
    )
