"""Activities and attendances between wire and domain; pure."""

from datetime import datetime
from typing import cast

from google.protobuf.message import Message
from linli.events.v1 import activity_pb2 as pb

from services.chassis.call import Call
from services.chassis.moments import stated_moment, timestamp
from services.events.domain.activity import Activity
from services.events.domain.attendance import Attendance
from services.events.storage.wire import ACTIVITY_STATES, ATTENDANCE_STATES
from services.events.usecases.confirm_hours import ConfirmHours
from services.events.usecases.create_activities import CreateActivity
from services.events.usecases.publish_activities import PublishActivity
from services.events.usecases.revoke_hours import RevokeHours
from services.events.usecases.sign_in import SignIn
from services.events.usecases.sign_out import SignOut


def create_activity(request: pb.CreateActivityRequest, _call: Call) -> CreateActivity:
    return CreateActivity(
        code=request.code,
        title=request.title,
        community_id=request.community_id,
        starts_at=_required_moment(request, field="starts_at"),
        ends_at=_required_moment(request, field="ends_at"),
    )


def publish_activity(request: pb.PublishActivityRequest, _call: Call) -> PublishActivity:
    return PublishActivity(activity_id=request.activity_id, occurred_at=stated_moment(request))


def sign_in(request: pb.SignInRequest, _call: Call) -> SignIn:
    return SignIn(
        activity_id=request.activity_id, member_id=request.member_id, occurred_at=stated_moment(request)
    )


def sign_out(request: pb.SignOutRequest, _call: Call) -> SignOut:
    return SignOut(
        activity_id=request.activity_id, member_id=request.member_id, occurred_at=stated_moment(request)
    )


def confirm_hours(request: pb.ConfirmHoursRequest, call: Call) -> ConfirmHours:
    return ConfirmHours(attendance_id=request.attendance_id, confirmed_by=str(call.caller))


def revoke_hours(request: pb.RevokeHoursRequest, call: Call) -> RevokeHours:
    return RevokeHours(
        attendance_id=request.attendance_id, reason=request.reason, revoked_by=str(call.caller)
    )


def activity_message(activity: Activity, /) -> pb.Activity:
    return pb.Activity(
        activity_id=activity.activity_id,
        code=activity.code,
        title=activity.title,
        community_id=activity.community_id,
        state=ACTIVITY_STATES[activity.state],
        starts_at=timestamp(activity.starts_at),
        ends_at=timestamp(activity.ends_at),
        published_at=timestamp(activity.published_at),
    )


def attendance_message(attendance: Attendance, /) -> pb.Attendance:
    return pb.Attendance(
        attendance_id=attendance.attendance_id,
        activity_id=attendance.activity_id,
        member_id=attendance.member_id,
        state=ATTENDANCE_STATES[attendance.state],
        signed_in_at=timestamp(attendance.signed_in_at),
        signed_out_at=timestamp(attendance.signed_out_at),
        confirmed_minutes=attendance.confirmed_minutes,
    )


def _required_moment(request: Message, /, *, field: str) -> datetime:
    # The proto's rules refuse a request without it.
    return cast("datetime", stated_moment(request, field=field))
