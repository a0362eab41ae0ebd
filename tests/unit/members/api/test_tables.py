from linli.members.v1 import grid_pb2, member_pb2

from services.members.domain.grid import Level
from services.members.domain.register import MemberType


class TestTheContract:
    def test_has_the_levels_of_the_domain(self) -> None:
        stated = {name.removeprefix("GRID_LEVEL_"): number for name, number in grid_pb2.GridLevel.items()}
        assert stated == {"UNSPECIFIED": 0, **{level.name: level.value for level in Level}}

    def test_has_the_member_types_of_the_domain(self) -> None:
        stated = {name.removeprefix("MEMBER_TYPE_") for name, _ in member_pb2.MemberType.items()}
        assert stated == {"UNSPECIFIED", *MemberType}
