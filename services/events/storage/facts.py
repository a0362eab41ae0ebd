"""What the records of this service say of themselves in its log: member, place and times; never a wisher."""

from linli.events.v1.facts_pb2 import ActivityFact, HoursFact, WishFact

from services.chassis.facts.statement import Statement
from services.chassis.moments import timestamp
from services.events.domain.activity import Activity
from services.events.domain.attendance import Attendance
from services.events.domain.wish import Wish
from services.events.storage.wire import ACTIVITY_STATES, ATTENDANCE_STATES, WISH_CATEGORIES, WISH_STATES


def of_activity(activity: Activity, /) -> Statement:
    """State an activity, effective at its start."""
    body = ActivityFact(
        activity_id=activity.activity_id,
        code=activity.code,
        community_id=activity.community_id,
        state=ACTIVITY_STATES[activity.state],
        starts_at=timestamp(activity.starts_at),
        ends_at=timestamp(activity.ends_at),
    )
    return Statement(
        record_id=activity.activity_id,
        revision=activity.revision,
        effective_at=activity.starts_at,
        subjects=(("activity", activity.activity_id),),
        body=body,
    )


def of_hours(stay: Attendance, /, *, community_id: str) -> Statement:
    """State confirmed minutes, or that they were taken back; effective at the sign-in.

    Args:
        stay: CONFIRMED or REVOKED.
        community_id: The community that the activity serves.
    """
    body = HoursFact(
        attendance_id=stay.attendance_id,
        activity_id=stay.activity_id,
        member_id=stay.member_id,
        community_id=community_id,
        state=ATTENDANCE_STATES[stay.state],
        signed_in_at=timestamp(stay.signed_in_at),
        signed_out_at=timestamp(stay.signed_out_at),
        confirmed_minutes=stay.confirmed_minutes,
    )
    return Statement(
        record_id=stay.attendance_id,
        revision=stay.revision,
        effective_at=stay.signed_in_at,
        subjects=(("member", stay.member_id), ("activity", stay.activity_id)),
        body=body,
    )


def of_wish(wish: Wish, /) -> Statement:
    """State a wish, effective at its fulfilment."""
    body = WishFact(
        wish_id=wish.wish_id,
        claimer_member_id=wish.claimer_member_id,
        community_id=wish.community_id,
        category=WISH_CATEGORIES[wish.category],
        state=WISH_STATES[wish.state],
        fulfilled_at=timestamp(wish.fulfilled_at),
        confirmed_at=timestamp(wish.confirmed_at),
    )
    return Statement(
        record_id=wish.wish_id,
        revision=wish.revision,
        effective_at=wish.counts_at,
        subjects=(("member", wish.claimer_member_id), ("wish", wish.wish_id)),
        body=body,
    )
