"""Serves `ActivityService`."""

from typing import Final

from linli.events.v1 import activity_pb2 as pb

from services.chassis.call import Call
from services.chassis.frame import Frame
from services.chassis.pages import Page
from services.chassis.rpc.table import Registration, Rpc
from services.events.api import translate_activities as translate
from services.events.api.access import ACCESS
from services.events.api.codes import CODES
from services.events.domain.faults import ActivityUnknown
from services.events.storage.activities import list_activities, read_activity
from services.events.storage.attendances import list_attendances
from services.events.usecases.confirm_hours import confirm_hours
from services.events.usecases.create_activities import create_activities
from services.events.usecases.publish_activities import publish_activities
from services.events.usecases.revoke_hours import revoke_hours
from services.events.usecases.sign_in import sign_in
from services.events.usecases.sign_out import sign_out

SERVICE: Final = pb.DESCRIPTOR.services_by_name["ActivityService"]


def activity_service(frame: Frame, /) -> Registration:
    """Put the RPCs together."""
    rpcs = _writes(frame) | _reads(frame)
    return Registration(descriptor=SERVICE, rpcs=rpcs, access=ACCESS, codes=CODES)


def _writes(frame: Frame) -> dict[str, Rpc]:
    write = frame.writes(SERVICE, CODES).rpcs
    return {
        **write(
            "CreateActivity",
            batch="BatchCreateActivities",
            decode=translate.create_activity,
            usecase=create_activities,
        ),
        **write(
            "PublishActivity",
            batch="BatchPublishActivities",
            decode=translate.publish_activity,
            usecase=publish_activities,
        ),
        **write("SignIn", batch="BatchSignIn", decode=translate.sign_in, usecase=sign_in),
        **write("SignOut", batch="BatchSignOut", decode=translate.sign_out, usecase=sign_out),
        **write(
            "ConfirmHours",
            batch="BatchConfirmHours",
            stream="ImportConfirmations",
            decode=translate.confirm_hours,
            usecase=confirm_hours,
        ),
        **write("RevokeHours", batch="BatchRevokeHours", decode=translate.revoke_hours, usecase=revoke_hours),
    }


def _reads(frame: Frame) -> dict[str, Rpc]:
    async def get_activity(request: pb.GetActivityRequest, _call: Call) -> pb.GetActivityResponse:
        async with frame.database.read() as connection:
            activity = await read_activity(connection, request.activity_id)
        if activity is None:
            raise ActivityUnknown
        return pb.GetActivityResponse(activity=translate.activity_message(activity))

    async def list_all(request: pb.ListActivitiesRequest, _call: Call) -> pb.ListActivitiesResponse:
        page = Page.of(request)
        async with frame.database.read() as connection:
            found = await list_activities(connection, page, community_id=request.community_id)
        kept, token = page.cut(found, key=lambda activity: (activity.code,))
        activities = [translate.activity_message(activity) for activity in kept]
        return pb.ListActivitiesResponse(activities=activities, next_page_token=token)

    async def list_stays(request: pb.ListAttendancesRequest, _call: Call) -> pb.ListAttendancesResponse:
        page = Page.of(request)
        async with frame.database.read() as connection:
            found = await list_attendances(
                connection, page, activity_id=request.activity_id, member_id=request.member_id
            )
        kept, token = page.cut(found, key=lambda stay: (stay.attendance_id,))
        attendances = [translate.attendance_message(stay) for stay in kept]
        return pb.ListAttendancesResponse(attendances=attendances, next_page_token=token)

    return {"GetActivity": get_activity, "ListActivities": list_all, "ListAttendances": list_stays}
