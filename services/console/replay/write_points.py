"""Puts a rule in force and defines a board in `points`: one person writes, another approves."""

from typing import Final

from linli.points.v1 import leaderboard_pb2 as boards
from linli.points.v1 import rule_set_pb2 as rule_sets
from linli.points.v1.leaderboard_pb2_grpc import LeaderboardServiceStub
from linli.points.v1.rule_set_pb2_grpc import RuleServiceStub

from services.chassis.moments import timestamp
from services.console.replay.desk import FIRST_PERSON, SECOND_PERSON, Desk

RULE_SET: Final = "replay"
BOARD: Final = "replay-year"
MINUTE_MILLI: Final = 1_000
"""A point a minute, without a limit: the points of all are the confirmed minutes, and no fraction is cut."""
_HOUR_MILLI: Final = 60 * MINUTE_MILLI


async def write_rules(desk: Desk) -> None:
    service = RuleServiceStub(desk.channels["points"])
    with desk.steps.step("rule (积分管理办法)", total=2) as advance:
        desk.ids[RULE_SET] = await desk.write_one(
            service.CreateRuleSet,
            rule_sets.CreateRuleSetRequest(
                request_id=desk.request_id("rules", RULE_SET), document=_document(desk)
            ),
            caller=FIRST_PERSON,
        )
        advance(1)
        await desk.write_one(
            service.ApproveRuleSet,
            rule_sets.ApproveRuleSetRequest(
                request_id=desk.request_id("approve", RULE_SET), rule_set_id=desk.ids[RULE_SET]
            ),
            caller=SECOND_PERSON,
        )


async def write_board(desk: Desk) -> None:
    """Define a board of the district, with a table for each calendar year."""
    with desk.steps.step("board (排名)"):
        desk.ids[BOARD] = await desk.write_one(
            LeaderboardServiceStub(desk.channels["points"]).CreateBoard,
            boards.CreateBoardRequest(
                request_id=desk.request_id("board", BOARD),
                code=BOARD,
                name="Volunteers by minutes, year",
                scope=boards.BoardScope.BOARD_SCOPE_DISTRICT,
                period_kind=boards.PeriodKind.PERIOD_KIND_YEAR,
                tie_keys=[boards.TieKey.TIE_KEY_COUNTED_MINUTES, boards.TieKey.TIE_KEY_EARLIEST_REACHED],
            ),
            caller=FIRST_PERSON,
        )


def _document(desk: Desk) -> rule_sets.RuleSetDocument:
    return rule_sets.RuleSetDocument(
        name=RULE_SET,
        version=1,
        effective_from=timestamp(desk.year.created_at),
        rules=[
            rule_sets.Rule(
                rule_id="service-minutes",
                trigger=rule_sets.Trigger.TRIGGER_HOURS,
                currency=rule_sets.Currency.CURRENCY_MERIT,
                amount=rule_sets.Amount(per_hour_milli=_HOUR_MILLI),
            )
        ],
    )
