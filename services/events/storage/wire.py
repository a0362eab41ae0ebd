"""Words of the domain as the contract spells them, in facts and in answers."""

from typing import Final

from linli.events.v1.activity_pb2 import ActivityState as WireActivityState
from linli.events.v1.activity_pb2 import AttendanceState as WireAttendanceState
from linli.events.v1.wish_pb2 import WishCategory as WireWishCategory
from linli.events.v1.wish_pb2 import WishState as WireWishState

from services.events.domain.activity import ActivityState
from services.events.domain.attendance import AttendanceState
from services.events.domain.wish import WishCategory, WishState

ACTIVITY_STATES: Final = {
    state: WireActivityState.Value(f"ACTIVITY_STATE_{state}") for state in ActivityState
}
ATTENDANCE_STATES: Final = {
    state: WireAttendanceState.Value(f"ATTENDANCE_STATE_{state}") for state in AttendanceState
}
WISH_CATEGORIES: Final = {
    category: WireWishCategory.Value(f"WISH_CATEGORY_{category}") for category in WishCategory
}
WISH_STATES: Final = {state: WireWishState.Value(f"WISH_STATE_{state}") for state in WishState}
