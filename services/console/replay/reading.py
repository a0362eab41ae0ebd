"""Reads back what the services hold and computed."""

from datetime import UTC
from itertools import islice
from typing import Final

from linli.events.v1.activity_pb2 import (
    Activity,
    ActivityState,
    Attendance,
    AttendanceState,
    ListActivitiesRequest,
    ListAttendancesRequest,
)
from linli.events.v1.activity_pb2_grpc import ActivityServiceStub
from linli.members.v1.member_pb2 import ListMembersRequest
from linli.members.v1.member_pb2_grpc import MemberServiceStub
from linli.points.v1.leaderboard_pb2 import GetTopRequest
from linli.points.v1.leaderboard_pb2_grpc import LeaderboardServiceStub
from linli.points.v1.ledger_pb2 import BatchGetBalancesRequest
from linli.points.v1.ledger_pb2_grpc import LedgerServiceStub

from services.console.calls import call, every
from services.console.desk import BATCH_SIZE
from services.console.replay.clock import day_of
from services.console.replay.desk import Desk
from services.console.replay.findings import Answered, Counted
from services.console.replay.weeks import Attended
from services.console.replay.write_points import BOARD

TOP: Final = 10
Codes = dict[str, str]
"""From ids to codes."""


async def read_back(desk: Desk) -> Answered:
    """Ask the three services for everything; only what they answer is reported."""
    with desk.steps.step("read back", total=5) as advance:
        volunteers = await _volunteers(desk)
        advance(1)
        shifts = await _shifts(desk)
        advance(1)
        attended = await _attended(desk, volunteers=volunteers, shifts=shifts)
        advance(1)
        counted = await _counted(desk, volunteers=volunteers)
        advance(1)
        years = sorted({str(day_of(one.at).year) for one in attended})
        boards = {year: await _board_minutes(desk, year) for year in years}
    return Answered(
        volunteers=len(volunteers),
        shifts=len(shifts),
        attended=attended,
        counted=counted,
        board_minutes=boards,
    )


async def _volunteers(desk: Desk) -> Codes:
    members = await every(
        MemberServiceStub(desk.channels["members"]).ListMembers,
        ListMembersRequest,
        rows=lambda page: page.members,
        caller=desk.caller,
    )
    return {member.member_id: member.code for member in members}


async def _shifts(desk: Desk) -> Codes:
    activities: list[Activity] = await every(
        ActivityServiceStub(desk.channels["events"]).ListActivities,
        ListActivitiesRequest,
        rows=lambda page: page.activities,
        caller=desk.caller,
    )
    published = ActivityState.ACTIVITY_STATE_PUBLISHED
    return {one.activity_id: one.code for one in activities if one.state == published}


async def _attended(desk: Desk, *, volunteers: Codes, shifts: Codes) -> tuple[Attended, ...]:
    attendances: list[Attendance] = await every(
        ActivityServiceStub(desk.channels["events"]).ListAttendances,
        ListAttendancesRequest,
        rows=lambda page: page.attendances,
        caller=desk.caller,
    )
    return tuple(
        Attended(
            shift_id=shifts[one.activity_id],
            volunteer=volunteers[one.member_id],
            at=one.signed_in_at.ToDatetime(tzinfo=UTC),
            minutes=one.confirmed_minutes,
        )
        for one in attendances
        if one.state == AttendanceState.ATTENDANCE_STATE_CONFIRMED
    )


async def _counted(desk: Desk, *, volunteers: Codes) -> tuple[Counted, ...]:
    """Ask for the balance of everybody, reflecting all that was written."""
    service = LedgerServiceStub(desk.channels["points"])
    counted: list[Counted] = []
    ids = iter(volunteers)
    while part := list(islice(ids, BATCH_SIZE)):
        answer = await call(
            service.BatchGetBalances,
            BatchGetBalancesRequest(member_ids=part, at_least=desk.at_least("members", "events")),
            caller=desk.caller,
        )
        counted += (
            Counted(
                volunteer=volunteers[one.member_id],
                minutes=one.counted_minutes,
                balance_milli=one.balance_milli,
            )
            for one in answer.balances
        )
    return tuple(sorted(counted, key=lambda one: (-one.minutes, one.volunteer)))


async def _board_minutes(desk: Desk, year: str) -> tuple[int, ...]:
    answer = await call(
        LeaderboardServiceStub(desk.channels["points"]).GetTop,
        GetTopRequest(
            board_id=desk.ids[BOARD],
            period_id=year,
            limit=TOP,
            at_least=desk.at_least("members", "events"),
        ),
        caller=desk.caller,
    )
    return tuple(place.counted_minutes for place in answer.places)
