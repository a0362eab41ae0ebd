"""Puts the rule set in force and defines the boards in `points`: one person writes, another approves."""

from linli.points.v1 import leaderboard_pb2 as boards
from linli.points.v1 import rule_set_pb2 as rule_sets
from linli.points.v1.leaderboard_pb2_grpc import LeaderboardServiceStub
from linli.points.v1.rule_set_pb2_grpc import RuleServiceStub

from services.chassis.moments import timestamp
from services.console.demo import rules
from services.console.demo.desk import FIRST_PERSON, SECOND_PERSON, Desk

DISTRICT_BOARD = "district-year"
COMMUNITY_BOARD = "community-year"
_TIE_KEYS = (
    boards.TieKey.TIE_KEY_WISHES_FULFILLED,
    boards.TieKey.TIE_KEY_COUNTED_MINUTES,
    boards.TieKey.TIE_KEY_EARLIEST_REACHED,
)


async def write_rules(desk: Desk) -> None:
    service = RuleServiceStub(desk.channels["points"])
    with desk.steps.step("rule set (积分管理办法)", total=2) as advance:
        desk.ids[rules.RULE_SET] = await desk.write_one(
            service.CreateRuleSet,
            rule_sets.CreateRuleSetRequest(
                request_id=desk.request_id("rules", rules.RULE_SET), document=_document(desk)
            ),
            caller=FIRST_PERSON,
        )
        advance(1)
        await desk.write_one(
            service.ApproveRuleSet,
            rule_sets.ApproveRuleSetRequest(
                request_id=desk.request_id("approve", rules.RULE_SET), rule_set_id=desk.ids[rules.RULE_SET]
            ),
            caller=SECOND_PERSON,
        )


async def write_boards(desk: Desk) -> None:
    """Define a board of the district and one of the communities, each for the year."""
    service = LeaderboardServiceStub(desk.channels["points"])
    definitions = (
        (DISTRICT_BOARD, "District, year (全区年度)", boards.BoardScope.BOARD_SCOPE_DISTRICT),
        (COMMUNITY_BOARD, "Community, year (社区年度)", boards.BoardScope.BOARD_SCOPE_COMMUNITY),
    )
    with desk.steps.step("boards (排名)", total=len(definitions)) as advance:
        for code, name, scope in definitions:
            desk.ids[code] = await desk.write_one(
                service.CreateBoard,
                boards.CreateBoardRequest(
                    request_id=desk.request_id("board", code),
                    code=code,
                    name=name,
                    scope=scope,
                    period_kind=boards.PeriodKind.PERIOD_KIND_YEAR,
                    tie_keys=_TIE_KEYS,
                ),
                caller=FIRST_PERSON,
            )
            advance(1)


def _document(desk: Desk) -> rule_sets.RuleSetDocument:
    limit = rule_sets.Limit(
        limit_id=rules.ACTIVITY_LIMIT,
        window=rule_sets.LimitWindow.LIMIT_WINDOW_ACTIVITY,
        minutes_max=rules.ACTIVITY_MINUTES_MAX,
    )
    hours = rule_sets.Rule(
        rule_id=rules.HOURS_RULE,
        trigger=rule_sets.Trigger.TRIGGER_HOURS,
        currency=rule_sets.Currency.CURRENCY_MERIT,
        amount=rule_sets.Amount(per_hour_milli=rules.HOUR_MILLI),
        limits=[limit],
    )
    wish = rule_sets.Rule(
        rule_id=rules.WISH_RULE,
        trigger=rule_sets.Trigger.TRIGGER_WISH,
        currency=rule_sets.Currency.CURRENCY_MERIT,
        amount=rule_sets.Amount(fixed_milli=rules.WISH_MILLI),
    )
    return rule_sets.RuleSetDocument(
        name=rules.RULE_SET,
        version=1,
        effective_from=timestamp(desk.district.created_at),
        rules=[hours, wish],
    )
