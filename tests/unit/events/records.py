"""Records with defaults: an activity from 9 to 11, published; a stay from 9 to 10; a wish just submitted."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.events.domain.activity import Activity, ActivityState
from services.events.domain.attendance import Attendance
from services.events.domain.wish import Wish, WishCategory

NINE = datetime(2025, 5, 4, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def activity(**fields: Any) -> Activity:
    defaults: dict[str, Any] = {
        "activity_id": "activity-1",
        "code": "A-1",
        "title": "Clean the yard",
        "community_id": "community-1",
        "state": ActivityState.PUBLISHED,
        "starts_at": NINE,
        "ends_at": NINE + 2 * HOUR,
        "published_at": NINE - 24 * HOUR,
        "revision": 1,
    }
    return Activity(**defaults | fields)


def draft(**fields: Any) -> Activity:
    return activity(state=ActivityState.DRAFT, published_at=None, revision=0, **fields)


def open_stay(**fields: Any) -> Attendance:
    defaults: dict[str, Any] = {
        "attendance_id": "attendance-1",
        "activity_id": "activity-1",
        "member_id": "member-1",
        "signed_in_at": NINE,
    }
    return Attendance(**defaults | fields)


def wish(**fields: Any) -> Wish:
    defaults: dict[str, Any] = {
        "wish_id": "wish-1",
        "code": "W-1",
        "title": "A desk lamp",
        "category": WishCategory.LIVELIHOOD,
        "community_id": "community-1",
        "submitted_at": NINE,
    }
    return Wish(**defaults | fields)
