"""States the records of this service in its log. They name member, place and times; never a wisher."""

from linli.events.v1 import activity_pb2, wish_pb2
from linli.events.v1.facts_pb2 import ActivityFact, HoursFact, WishFact

from services.chassis.moments import timestamp
from services.chassis.work import Work
from services.events.domain.activity import Activity, ActivityState
from services.events.domain.attendance import Attendance, AttendanceState
from services.events.domain.wish import Wish, WishCategory, WishState
from services.events.storage.known import MEMBERS

ACTIVITY_STATES = {
    ActivityState.DRAFT: activity_pb2.ACTIVITY_STATE_DRAFT,
    ActivityState.PUBLISHED: activity_pb2.ACTIVITY_STATE_PUBLISHED,
}
ATTENDANCE_STATES = {
    AttendanceState.SIGNED_IN: activity_pb2.ATTENDANCE_STATE_SIGNED_IN,
    AttendanceState.SIGNED_OUT: activity_pb2.ATTENDANCE_STATE_SIGNED_OUT,
    AttendanceState.CONFIRMED: activity_pb2.ATTENDANCE_STATE_CONFIRMED,
    AttendanceState.REVOKED: activity_pb2.ATTENDANCE_STATE_REVOKED,
}
WISH_CATEGORIES = {
    WishCategory.HARDSHIP_HELP: wish_pb2.WISH_CATEGORY_HARDSHIP_HELP,
    WishCategory.LIVELIHOOD: wish_pb2.WISH_CATEGORY_LIVELIHOOD,
}
WISH_STATES = {
    WishState.SUBMITTED: wish_pb2.WISH_STATE_SUBMITTED,
    WishState.VERIFIED: wish_pb2.WISH_STATE_VERIFIED,
    WishState.PUBLISHED: wish_pb2.WISH_STATE_PUBLISHED,
    WishState.CLAIMED: wish_pb2.WISH_STATE_CLAIMED,
    WishState.FULFILLED: wish_pb2.WISH_STATE_FULFILLED,
    WishState.CONFIRMED: wish_pb2.WISH_STATE_CONFIRMED,
}


def activity_body(activity: Activity, /) -> ActivityFact:
    return ActivityFact(
        activity_id=activity.activity_id,
        code=activity.code,
        community_id=activity.community_id,
        state=ACTIVITY_STATES[activity.state],
        starts_at=timestamp(activity.starts_at),
        ends_at=timestamp(activity.ends_at),
    )


def hours_body(attendance: Attendance, /, *, community_id: str) -> HoursFact:
    """State confirmed minutes, or that they were taken back.

    Args:
        attendance: CONFIRMED or REVOKED.
        community_id: The community that the activity served.
    """
    return HoursFact(
        attendance_id=attendance.attendance_id,
        activity_id=attendance.activity_id,
        member_id=attendance.member_id,
        community_id=community_id,
        state=ATTENDANCE_STATES[attendance.state],
        signed_in_at=timestamp(attendance.signed_in_at),
        signed_out_at=timestamp(attendance.signed_out_at),
        confirmed_minutes=attendance.confirmed_minutes,
    )


def wish_body(wish: Wish, /) -> WishFact:
    return WishFact(
        wish_id=wish.wish_id,
        claimer_member_id=wish.claimer_member_id,
        community_id=wish.community_id,
        category=WISH_CATEGORIES[wish.category],
        state=WISH_STATES[wish.state],
        fulfilled_at=timestamp(wish.fulfilled_at),
        confirmed_at=timestamp(wish.confirmed_at),
    )


def state_activity(work: Work, activity: Activity, *, community_revision: int) -> str:
    """State an activity; the community as it is known here is why it could be. Returns the id of the fact."""
    return work.state(
        record_id=activity.activity_id,
        revision=activity.revision,
        effective_at=activity.starts_at,
        subjects=[("activity", activity.activity_id)],
        causes=[(MEMBERS, activity.community_id, community_revision)],
        body=activity_body(activity),
    )


def state_hours(work: Work, stay: Attendance, *, activity: Activity, member_revision: int) -> str:
    """State hours, effective at the sign-in; caused by activity and member. Returns the id of the fact."""
    return work.state(
        record_id=stay.attendance_id,
        revision=stay.revision,
        effective_at=stay.signed_in_at,
        subjects=[("member", stay.member_id), ("activity", stay.activity_id)],
        causes=[
            (work.log, activity.activity_id, activity.revision),
            (MEMBERS, stay.member_id, member_revision),
        ],
        body=hours_body(stay, community_id=activity.community_id),
    )


def state_wish(work: Work, wish: Wish, *, claimer_revision: int, community_revision: int) -> str:
    """State a wish, effective at the fulfilment; caused by claimer and community. Returns the fact's id."""
    return work.state(
        record_id=wish.wish_id,
        revision=wish.revision,
        effective_at=wish.counts_at,
        subjects=[("member", wish.claimer_member_id), ("wish", wish.wish_id)],
        causes=[
            (MEMBERS, wish.claimer_member_id, claimer_revision),
            (MEMBERS, wish.community_id, community_revision),
        ],
        body=wish_body(wish),
    )
