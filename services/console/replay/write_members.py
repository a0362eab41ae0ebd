"""Brings grid and volunteers to `members`."""

from typing import Final

from linli.members.v1.grid_pb2 import BatchCreateNodesRequest, CreateNodeRequest, GridLevel
from linli.members.v1.grid_pb2_grpc import GridServiceStub
from linli.members.v1.member_pb2 import BatchCreateMembersRequest, CreateMemberRequest, MemberType
from linli.members.v1.member_pb2_grpc import MemberServiceStub

from services.chassis.moments import timestamp
from services.console.replay.clock import midnight
from services.console.replay.desk import Desk, community, volunteer
from services.console.replay.records import Volunteer

DISTRICT: Final = "DISTRICT"
STREET: Final = "STREET"
NAME_LENGTH: Final = 8
"""The data have no names: the beginning of the hash stands for one."""


async def write_grid(desk: Desk) -> None:
    """Derive a grid, for the data have none: a district, a street, a community for each outward postcode."""
    communities = desk.year.communities
    with desk.steps.step("grid", total=2 + len(communities)) as advance:
        service = GridServiceStub(desk.channels["members"])
        levels = (
            (GridLevel.GRID_LEVEL_DISTRICT, "", {DISTRICT: DISTRICT}),
            (GridLevel.GRID_LEVEL_STREET, DISTRICT, {STREET: STREET}),
            (GridLevel.GRID_LEVEL_COMMUNITY, STREET, {community(code): code for code in communities}),
        )
        for level, parent, codes in levels:
            await desk.write(
                service.BatchCreateNodes,
                BatchCreateNodesRequest,
                items={
                    key: CreateNodeRequest(
                        request_id=desk.request_id("node", key),
                        code=code,
                        name=code,
                        level=level,
                        parent_id=desk.ids.get(parent, ""),
                        occurred_at=timestamp(desk.year.created_at),
                    )
                    for key, code in codes.items()
                },
                advance=advance,
            )


async def write_volunteers(desk: Desk) -> None:
    """Register all, those who were never confirmed too; nobody is enrolled, for nobody is in service here."""
    volunteers = desk.year.volunteers
    with desk.steps.step("volunteers (志愿者)", total=len(volunteers)) as advance:
        await desk.write(
            MemberServiceStub(desk.channels["members"]).BatchCreateMembers,
            BatchCreateMembersRequest,
            items={volunteer(one.code): _registered(desk, one) for one in volunteers},
            advance=advance,
        )


def _registered(desk: Desk, one: Volunteer) -> CreateMemberRequest:
    return CreateMemberRequest(
        request_id=desk.request_id("volunteer", one.code),
        code=one.code,
        name=one.code[:NAME_LENGTH],
        member_type=MemberType.MEMBER_TYPE_VOLUNTEER,
        occurred_at=timestamp(midnight(one.created) if one.created else desk.year.created_at),
    )
