from linli.members.v1 import grid_pb2, member_pb2, role_pb2, team_pb2

from services.members.domain.grid import Level
from services.members.domain.register import MemberType
from services.members.domain.role import RoleKind
from services.members.domain.team import TeamType


class TestTheContract:
    def test_has_the_levels_of_the_domain(self) -> None:
        stated = {name.removeprefix("GRID_LEVEL_"): number for name, number in grid_pb2.GridLevel.items()}
        assert stated == {"UNSPECIFIED": 0, **{level.name: level.value for level in Level}}

    def test_has_the_member_types_of_the_domain(self) -> None:
        stated = {name.removeprefix("MEMBER_TYPE_") for name, _ in member_pb2.MemberType.items()}
        assert stated == {"UNSPECIFIED", *MemberType}

    def test_has_the_role_kinds_of_the_domain(self) -> None:
        stated = {name.removeprefix("ROLE_KIND_") for name, _ in role_pb2.RoleKind.items()}
        assert stated == {"UNSPECIFIED", *RoleKind}

    def test_has_the_team_types_of_the_domain(self) -> None:
        stated = {name.removeprefix("TEAM_TYPE_") for name, _ in team_pb2.TeamType.items()}
        assert stated == {"UNSPECIFIED", *TeamType}
