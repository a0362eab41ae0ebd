from datetime import UTC, datetime

import pytest
from linli.points.v1 import leaderboard_pb2 as pb

from services.chassis.call import Call, Caller, CallerKind
from services.points.api.translate_boards import board_message, create_board, freshness_message
from services.points.domain.board import TieKey
from services.points.storage.boards import NamedBoard
from services.points.storage.reflection import Reflection

CALL = Call(caller=Caller(kind=CallerKind.MEMBER, id="first"), method="CreateBoard", deadline=0.0)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class TestBoards:
    @pytest.mark.parametrize("scope", [value for value in pb.BoardScope.values() if value])
    @pytest.mark.parametrize("period_kind", [value for value in pb.PeriodKind.values() if value])
    def test_come_back_as_they_were_defined(
        self, scope: pb.BoardScope.ValueType, period_kind: pb.PeriodKind.ValueType
    ) -> None:
        tie_keys = [value for value in pb.TieKey.values() if value]
        request = pb.CreateBoardRequest(
            code="c", name="n", scope=scope, period_kind=period_kind, tie_keys=tie_keys
        )
        command = create_board(request, CALL)
        kept = NamedBoard(
            board_id="b",
            code=command.code,
            name=command.name,
            definition=command.definition,
            created_by=command.created_by,
            created_at=NOW,
        )
        assert command.created_by == "member:first"
        assert board_message(kept) == pb.Board(
            board_id="b", code="c", name="n", scope=scope, period_kind=period_kind, tie_keys=tie_keys
        )


class TestFreshness:
    def test_names_the_tie_policy_in_its_order(self) -> None:
        reflection = Reflection(positions={"events": 3}, parked_subjects=1, rule_set_ids=("r1", "r2"))
        keys = (TieKey.COUNTED_MINUTES, TieKey.EARLIEST_REACHED)
        freshness = freshness_message(reflection, read_at=NOW, tie_keys=keys)
        assert freshness.tie_policy == "COUNTED_MINUTES, EARLIEST_REACHED"
        assert dict(freshness.positions) == {"events": 3}
        assert list(freshness.rule_set_ids) == ["r1", "r2"]
        assert freshness.parked_subjects == 1
