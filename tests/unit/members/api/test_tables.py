from linli.members.v1 import enrolment_pb2, grid_pb2, member_pb2, organisation_pb2

from services.chassis.faults import Fault
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.domain import faults
from services.members.domain.grid import Level
from services.members.domain.register import MemberType

CONTRACT = (grid_pb2, organisation_pb2, member_pb2, enrolment_pb2)


class TestTheTables:
    def test_give_every_fault_of_the_service_a_status_code(self) -> None:
        own = {each for each in vars(faults).values() if isinstance(each, type) and issubclass(each, Fault)}
        assert set(CODES) == own - {Fault}

    def test_say_of_every_rpc_who_may_call_it(self) -> None:
        rpcs = {
            f"{service.full_name}/{method.name}"
            for module in CONTRACT
            for service in module.DESCRIPTOR.services_by_name.values()
            for method in service.methods
        }
        assert set(ACCESS) == rpcs


class TestTheContract:
    def test_has_the_levels_of_the_domain(self) -> None:
        stated = {name.removeprefix("GRID_LEVEL_"): number for name, number in grid_pb2.GridLevel.items()}
        assert stated == {"UNSPECIFIED": 0, **{level.name: level.value for level in Level}}

    def test_has_the_member_types_of_the_domain(self) -> None:
        stated = {name.removeprefix("MEMBER_TYPE_") for name, _ in member_pb2.MemberType.items()}
        assert stated == {"UNSPECIFIED", *MemberType}
