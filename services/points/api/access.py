"""Who may call what. What takes two people is for people."""

from typing import Final

from services.chassis.rpc.access import Access, AccessTable

ACCESS: Final[AccessTable] = {
    "linli.points.v1.RuleService/CreateRuleSet": Access.PERSON,
    "linli.points.v1.RuleService/ApproveRuleSet": Access.PERSON,
    "linli.points.v1.RuleService/GetRuleSet": Access.ANYONE,
    "linli.points.v1.RuleService/ListRuleSets": Access.ANYONE,
    "linli.points.v1.LedgerService/GetBalance": Access.ANYONE,
    "linli.points.v1.LedgerService/BatchGetBalances": Access.ANYONE,
    "linli.points.v1.LedgerService/ListEntries": Access.ANYONE,
    "linli.points.v1.LedgerService/ExplainEntry": Access.ANYONE,
    "linli.points.v1.LeaderboardService/CreateBoard": Access.ANYONE,
    "linli.points.v1.LeaderboardService/ListBoards": Access.ANYONE,
    "linli.points.v1.LeaderboardService/GetTop": Access.ANYONE,
    "linli.points.v1.LeaderboardService/GetRank": Access.ANYONE,
    "linli.points.v1.RewardService/PlanRun": Access.PERSON,
    "linli.points.v1.RewardService/ApproveRun": Access.PERSON,
    "linli.points.v1.RewardService/ExecuteRun": Access.PERSON,
    "linli.points.v1.RewardService/GetRun": Access.ANYONE,
    "linli.points.v1.RewardService/GetReceipt": Access.ANYONE,
}
