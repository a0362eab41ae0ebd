"""A small district, written through the APIs: members who stayed at activities, rules, and twelve boards."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, Final

import grpc
from linli.events.v1 import activity_pb2 as events
from linli.events.v1.activity_pb2_grpc import ActivityServiceStub
from linli.members.v1 import enrolment_pb2, grid_pb2, member_pb2
from linli.members.v1.enrolment_pb2_grpc import EnrolmentServiceStub
from linli.members.v1.grid_pb2_grpc import GridServiceStub
from linli.members.v1.member_pb2_grpc import MemberServiceStub
from linli.points.v1 import leaderboard_pb2, rule_set_pb2
from linli.points.v1.leaderboard_pb2_grpc import LeaderboardServiceStub
from linli.points.v1.rule_set_pb2_grpc import RuleServiceStub

from services.chassis.ids import new_id
from services.chassis.moments import timestamp

CALLER: Final = (("linli-caller", "member:first"),)
SYSTEM: Final = (("linli-caller", "service:benchmark"),)
"""Brings records: a person would need a role in each community."""
SECOND: Final = (("linli-caller", "member:second"),)
CALL_SECONDS_MAX: Final = 60.0
BEGAN_AT: Final = datetime(2025, 1, 6, 1, tzinfo=UTC)
WEEK: Final = timedelta(days=7)
HOUR: Final = timedelta(hours=1)
YEAR: Final = "2025"
PERIOD_KINDS: Final = (
    leaderboard_pb2.PERIOD_KIND_YEAR,
    leaderboard_pb2.PERIOD_KIND_QUARTER,
    leaderboard_pb2.PERIOD_KIND_MONTH,
)
SCOPES: Final = (leaderboard_pb2.BOARD_SCOPE_DISTRICT, leaderboard_pb2.BOARD_SCOPE_COMMUNITY)
TIES: Final = ((), (leaderboard_pb2.TIE_KEY_COUNTED_MINUTES,))
"""Every fact feeds a board for each of the 2 x 3 x 2."""
LEVELS: Final = ("DISTRICT", "STREET", "COMMUNITY")
BATCH_MAX: Final = 500


@dataclass(slots=True, kw_only=True)
class District:
    members: list[str]
    stays: list[tuple[str, str]]
    """(attendance, member) of stays that are over and wait for their confirmation."""
    board_id: str
    """Of the whole district, for the year."""


@dataclass(slots=True, kw_only=True)
class Writer:
    """Writes to three servers; what it wrote is known to whom it writes next."""

    channels: Mapping[str, grpc.aio.Channel]
    positions: dict[str, int] = field(default_factory=dict)

    async def district(self, *, members: int, stays_each: int) -> District:
        community = await self._community()
        member_ids = await self._members(members, community=community)
        await self._rules()
        board_id = await self._boards()
        stays = await self._stays(member_ids, community=community, activities=stays_each)
        return District(members=member_ids, stays=stays, board_id=board_id)

    async def _community(self) -> str:
        service = GridServiceStub(self.channels["members"])
        parent = ""
        for level in LEVELS:
            parent = await self._one(
                service.CreateNode,
                grid_pb2.CreateNodeRequest(
                    request_id=new_id(),
                    code=level,
                    name=level,
                    level=grid_pb2.GridLevel.Value(f"GRID_LEVEL_{level}"),
                    parent_id=parent,
                    occurred_at=timestamp(BEGAN_AT - WEEK),
                ),
            )
        return parent

    async def _members(self, count: int, *, community: str) -> list[str]:
        member_ids = await self._many(
            MemberServiceStub(self.channels["members"]).BatchCreateMembers,
            member_pb2.BatchCreateMembersRequest,
            [
                member_pb2.CreateMemberRequest(
                    request_id=new_id(),
                    code=f"M{number:05}",
                    name=f"唐{number}",
                    member_type=member_pb2.MEMBER_TYPE_MOBILE,
                    occurred_at=timestamp(BEGAN_AT - WEEK),
                )
                for number in range(count)
            ],
        )
        await self._many(
            EnrolmentServiceStub(self.channels["members"]).BatchEnrol,
            enrolment_pb2.BatchEnrolRequest,
            [
                enrolment_pb2.EnrolRequest(
                    request_id=new_id(),
                    member_id=member_id,
                    community_id=community,
                    occurred_at=timestamp(BEGAN_AT - WEEK),
                )
                for member_id in member_ids
            ],
        )
        return member_ids

    async def _rules(self) -> None:
        rules = RuleServiceStub(self.channels["points"])
        rule = rule_set_pb2.Rule(
            rule_id="hours",
            trigger=rule_set_pb2.TRIGGER_HOURS,
            currency=rule_set_pb2.CURRENCY_MERIT,
            amount=rule_set_pb2.Amount(per_hour_milli=1_000),
        )
        document = rule_set_pb2.RuleSetDocument(
            name="benchmark", version=1, effective_from=timestamp(BEGAN_AT - WEEK), rules=[rule]
        )
        rule_set_id = await self._one(
            rules.CreateRuleSet,
            rule_set_pb2.CreateRuleSetRequest(request_id=new_id(), document=document),
        )
        approval = rule_set_pb2.ApproveRuleSetRequest(request_id=new_id(), rule_set_id=rule_set_id)
        await rules.ApproveRuleSet(approval, metadata=SECOND, timeout=CALL_SECONDS_MAX)

    async def _boards(self) -> str:
        service = LeaderboardServiceStub(self.channels["points"])
        made = [
            await self._one(
                service.CreateBoard,
                leaderboard_pb2.CreateBoardRequest(
                    request_id=new_id(),
                    code=f"board-{number}",
                    name=f"board {number}",
                    scope=scope,
                    period_kind=period_kind,
                    tie_keys=tie_keys,
                ),
            )
            for number, (tie_keys, period_kind, scope) in enumerate(product(TIES, PERIOD_KINDS, SCOPES))
        ]
        return made[0]

    async def _stays(
        self, member_ids: list[str], *, community: str, activities: int
    ) -> list[tuple[str, str]]:
        service = ActivityServiceStub(self.channels["events"])
        starts = [BEGAN_AT + WEEK * number / 7 for number in range(activities)]
        activity_ids = await self._many(
            service.BatchCreateActivities,
            events.BatchCreateActivitiesRequest,
            [
                events.CreateActivityRequest(
                    request_id=new_id(),
                    code=f"A{number:04}",
                    title="清扫楼道",
                    community_id=community,
                    starts_at=timestamp(start),
                    ends_at=timestamp(start + 3 * HOUR),
                )
                for number, start in enumerate(starts)
            ],
        )
        await self._many(
            service.BatchPublishActivities,
            events.BatchPublishActivitiesRequest,
            [
                events.PublishActivityRequest(
                    request_id=new_id(), activity_id=activity_id, occurred_at=timestamp(BEGAN_AT - WEEK)
                )
                for activity_id in activity_ids
            ],
        )
        stays: list[tuple[str, str]] = []
        for activity_id, start in zip(activity_ids, starts, strict=True):
            ids = await self._many(
                service.BatchSignIn,
                events.BatchSignInRequest,
                [
                    events.SignInRequest(
                        request_id=new_id(),
                        member_id=each,
                        occurred_at=timestamp(start),
                        activity_id=activity_id,
                    )
                    for each in member_ids
                ],
            )
            await self._many(
                service.BatchSignOut,
                events.BatchSignOutRequest,
                [
                    events.SignOutRequest(
                        request_id=new_id(),
                        member_id=each,
                        occurred_at=timestamp(start + HOUR),
                        activity_id=activity_id,
                    )
                    for each in member_ids
                ],
            )
            stays += zip(ids, member_ids, strict=True)
        return stays

    async def _one(self, rpc: Any, request: Any) -> str:
        answer = await rpc(request, metadata=CALLER, timeout=CALL_SECONDS_MAX)
        return self._keep([answer.written])[0]

    async def _many(self, rpc: Any, batch: Any, items: list[Any]) -> list[str]:
        ids = []
        for start in range(0, len(items), BATCH_MAX):
            request = batch(items=items[start : start + BATCH_MAX], at_least=self._known_to(batch))
            answer = await rpc(request, metadata=SYSTEM, timeout=CALL_SECONDS_MAX)
            refused = [result.refused for result in answer.results if not result.HasField("written")]
            assert not refused, refused[0]
            ids += self._keep(result.written for result in answer.results)
        return ids

    def _known_to(self, batch: Any) -> dict[str, int]:
        """Ask `events` to know the members; the others need nothing of what is written here."""
        reads_members = batch.DESCRIPTOR.full_name.startswith("linli.events")
        return {"members": self.positions["members"]} if reads_members else {}

    def _keep(self, written: Iterable[Any]) -> list[str]:
        ids = []
        for each in written:
            ids.append(each.id)
            for log, position in each.positions.items():
                self.positions[log] = max(position, self.positions.get(log, 0))
        return ids
