"""Brings grid, work units, members and enrolments to `members`."""

from linli.members.v1.enrolment_pb2 import BatchEnrolRequest, EnrolRequest
from linli.members.v1.enrolment_pb2_grpc import EnrolmentServiceStub
from linli.members.v1.grid_pb2 import BatchCreateNodesRequest, CreateNodeRequest, GridLevel
from linli.members.v1.grid_pb2_grpc import GridServiceStub
from linli.members.v1.member_pb2 import BatchCreateMembersRequest, CreateMemberRequest, MemberType
from linli.members.v1.member_pb2_grpc import MemberServiceStub
from linli.members.v1.organisation_pb2 import BatchCreateWorkUnitsRequest, CreateWorkUnitRequest
from linli.members.v1.organisation_pb2_grpc import OrganisationServiceStub

from services.chassis.moments import timestamp
from services.console.demo.desk import Desk
from services.console.demo.district import Level

LEVELS = {
    Level.DISTRICT: GridLevel.GRID_LEVEL_DISTRICT,
    Level.STREET: GridLevel.GRID_LEVEL_STREET,
    Level.COMMUNITY: GridLevel.GRID_LEVEL_COMMUNITY,
    Level.AREA: GridLevel.GRID_LEVEL_AREA,
    Level.BUILDING_GROUP: GridLevel.GRID_LEVEL_BUILDING_GROUP,
}


async def write_grid(desk: Desk) -> None:
    """Create the nodes level by level, for each names the id of the one above."""
    service = GridServiceStub(desk.channels["members"])
    created_at = timestamp(desk.district.created_at)
    with desk.steps.step("grid", total=len(desk.district.nodes)) as advance:
        for level in Level:
            await desk.write(
                service.BatchCreateNodes,
                BatchCreateNodesRequest,
                items={
                    node.code: CreateNodeRequest(
                        request_id=desk.request_id("node", node.code),
                        code=node.code,
                        name=node.name,
                        level=LEVELS[level],
                        parent_id=desk.ids.get(node.parent, ""),
                        occurred_at=created_at,
                    )
                    for node in desk.district.at(level)
                },
                advance=advance,
            )


async def write_work_units(desk: Desk) -> None:
    with desk.steps.step("work units", total=len(desk.district.work_units)) as advance:
        await desk.write(
            OrganisationServiceStub(desk.channels["members"]).BatchCreateWorkUnits,
            BatchCreateWorkUnitsRequest,
            items={
                unit.code: CreateWorkUnitRequest(
                    request_id=desk.request_id("unit", unit.code),
                    code=unit.code,
                    name=unit.name,
                    occurred_at=timestamp(desk.district.created_at),
                )
                for unit in desk.district.work_units
            },
            advance=advance,
        )


async def write_members(desk: Desk) -> None:
    with desk.steps.step("members", total=len(desk.district.members)) as advance:
        await desk.write(
            MemberServiceStub(desk.channels["members"]).BatchCreateMembers,
            BatchCreateMembersRequest,
            items={
                member.code: CreateMemberRequest(
                    request_id=desk.request_id("member", member.code),
                    code=member.code,
                    name=member.name,
                    member_type=MemberType.MEMBER_TYPE_IN_SERVICE,
                    work_unit_id=desk.ids[member.work_unit],
                    occurred_at=timestamp(desk.district.created_at),
                )
                for member in desk.district.members
            },
            advance=advance,
        )


async def write_enrolments(desk: Desk) -> None:
    with desk.steps.step("enrolments (报到)", total=len(desk.district.members)) as advance:
        await desk.write(
            EnrolmentServiceStub(desk.channels["members"]).BatchEnrol,
            BatchEnrolRequest,
            items={
                f"{member.code}.enrolment": EnrolRequest(
                    request_id=desk.request_id("enrol", member.code),
                    member_id=desk.ids[member.code],
                    community_id=desk.ids[member.community],
                    occurred_at=timestamp(member.enrolled_at),
                )
                for member in desk.district.members
            },
            advance=advance,
        )
