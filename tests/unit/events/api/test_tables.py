from linli.events.v1 import activity_pb2, wish_pb2

from services.events.storage.wire import ACTIVITY_STATES, ATTENDANCE_STATES, WISH_CATEGORIES, WISH_STATES


class TestTheContract:
    def test_has_the_states_and_categories_of_the_domain_and_no_other(self) -> None:
        pairs = (
            (activity_pb2.ActivityState, ACTIVITY_STATES),
            (activity_pb2.AttendanceState, ATTENDANCE_STATES),
            (wish_pb2.WishState, WISH_STATES),
            (wish_pb2.WishCategory, WISH_CATEGORIES),
        )
        for wire, words in pairs:
            assert set(wire.values()) == {0, *words.values()}
