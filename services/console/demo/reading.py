"""Reads back what the services hold and computed."""

from collections import Counter

from linli.events.v1.activity_pb2 import (
    ActivityState,
    AttendanceState,
    ListActivitiesRequest,
    ListAttendancesRequest,
)
from linli.events.v1.activity_pb2_grpc import ActivityServiceStub
from linli.events.v1.wish_pb2 import ListWishesRequest, WishState
from linli.events.v1.wish_pb2_grpc import WishServiceStub
from linli.members.v1.enrolment_pb2 import GetParticipationRequest
from linli.members.v1.enrolment_pb2_grpc import EnrolmentServiceStub
from linli.members.v1.grid_pb2 import GridLevel, ListNodesRequest
from linli.members.v1.grid_pb2_grpc import GridServiceStub
from linli.members.v1.member_pb2 import ListMembersRequest, Member
from linli.members.v1.member_pb2_grpc import MemberServiceStub
from linli.members.v1.organisation_pb2 import ListWorkUnitsRequest
from linli.members.v1.organisation_pb2_grpc import OrganisationServiceStub
from linli.points.v1.leaderboard_pb2 import GetTopRequest
from linli.points.v1.leaderboard_pb2_grpc import LeaderboardServiceStub

from services.console.calls import call, every
from services.console.demo.desk import DATA, Desk
from services.console.demo.district import Level, Node
from services.console.demo.findings import Board, Counted, Line, Participation
from services.console.demo.rules import TOP
from services.console.demo.write_points import COMMUNITY_BOARD, DISTRICT_BOARD
from services.console.demo.year import PERIOD_ID

Names = dict[str, Member]
"""Members by id: `points` has no names."""


async def read_names(desk: Desk) -> Names:
    members = await every(
        MemberServiceStub(desk.channels["members"]).ListMembers,
        ListMembersRequest,
        rows=lambda page: page.members,
        caller=DATA,
    )
    return {member.member_id: member for member in members}


async def read_counts(desk: Desk, *, names: Names) -> Counted:
    """Count what `members` and `events` hold."""
    nodes = await every(
        GridServiceStub(desk.channels["members"]).ListNodes,
        ListNodesRequest,
        rows=lambda page: page.nodes,
        caller=DATA,
    )
    levels = Counter(node.level for node in nodes)
    work_units = await every(
        OrganisationServiceStub(desk.channels["members"]).ListWorkUnits,
        ListWorkUnitsRequest,
        rows=lambda page: page.work_units,
        caller=DATA,
    )
    activities = await every(
        ActivityServiceStub(desk.channels["events"]).ListActivities,
        ListActivitiesRequest,
        rows=lambda page: page.activities,
        caller=DATA,
    )
    attendances = await every(
        ActivityServiceStub(desk.channels["events"]).ListAttendances,
        ListAttendancesRequest,
        rows=lambda page: page.attendances,
        caller=DATA,
    )
    minutes = [
        one.confirmed_minutes
        for one in attendances
        if one.state == AttendanceState.ATTENDANCE_STATE_CONFIRMED
    ]
    wishes = await every(
        WishServiceStub(desk.channels["events"]).ListWishes,
        ListWishesRequest,
        rows=lambda page: page.wishes,
        caller=DATA,
        state=WishState.WISH_STATE_CONFIRMED,
    )
    return Counted(
        streets=levels[GridLevel.GRID_LEVEL_STREET],
        communities=levels[GridLevel.GRID_LEVEL_COMMUNITY],
        areas=levels[GridLevel.GRID_LEVEL_AREA],
        building_groups=levels[GridLevel.GRID_LEVEL_BUILDING_GROUP],
        work_units=len(work_units),
        members=len(names),
        activities=sum(one.state == ActivityState.ACTIVITY_STATE_PUBLISHED for one in activities),
        attendances=len(minutes),
        confirmed_minutes=sum(minutes),
        wishes_fulfilled=len(wishes),
    )


async def read_participation(desk: Desk) -> Participation:
    """Ask how many took part, computed from everything the demo wrote."""
    answer = await call(
        EnrolmentServiceStub(desk.channels["members"]).GetParticipation,
        GetParticipationRequest(period_id=PERIOD_ID, at_least=desk.at_least("events")),
        caller=DATA,
    )
    return Participation(
        enrolled=answer.enrolled,
        participating=answer.participating,
        basis_points=answer.participation_basis_points,
    )


async def read_district_board(desk: Desk, *, names: Names) -> Board:
    return await _board(desk, DISTRICT_BOARD, place=desk.district.nodes[0], names=names)


async def read_community_board(desk: Desk, *, names: Names, community: Node) -> Board:
    return await _board(desk, COMMUNITY_BOARD, place=community, names=names)


async def _board(desk: Desk, code: str, *, place: Node, names: Names) -> Board:
    answer = await call(
        LeaderboardServiceStub(desk.channels["points"]).GetTop,
        GetTopRequest(
            board_id=desk.ids[code],
            scope_id=desk.ids[place.code] if place.level == Level.COMMUNITY else "",
            period_id=PERIOD_ID,
            limit=TOP,
            at_least=desk.at_least("members", "events"),
        ),
        caller=DATA,
    )
    return Board(
        code=place.code,
        name=place.name,
        standings=answer.standings,
        lines=tuple(
            Line(
                place=one.place,
                code=names[one.member_id].code,
                name=names[one.member_id].name,
                points_milli=one.score_milli,
                counted_minutes=one.counted_minutes,
                wishes_fulfilled=one.wishes_fulfilled,
            )
            for one in answer.places
        ),
    )
