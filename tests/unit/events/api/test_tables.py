from linli.events.v1 import activity_pb2, wish_pb2

from services.chassis.faults import Fault
from services.events.api.access import ACCESS
from services.events.api.codes import CODES
from services.events.domain import faults
from services.events.storage.wire import ACTIVITY_STATES, ATTENDANCE_STATES, WISH_CATEGORIES, WISH_STATES


class TestTheTables:
    def test_give_every_fault_of_the_service_a_status_code(self) -> None:
        own = {each for each in vars(faults).values() if isinstance(each, type) and issubclass(each, Fault)}
        assert set(CODES) == own - {Fault}

    def test_say_of_every_rpc_who_may_call_it(self) -> None:
        rpcs = {
            f"{service.full_name}/{method.name}"
            for module in (activity_pb2, wish_pb2)
            for service in module.DESCRIPTOR.services_by_name.values()
            for method in service.methods
        }
        assert set(ACCESS) == rpcs


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
