from linli.members.v1 import (
    consent_pb2,
    grid_pb2,
    member_pb2,
    organisation_pb2,
    pairing_pb2,
    role_pb2,
    team_pb2,
    vocabulary_pb2,
)

from services.members.domain.consent import ConsentPurpose
from services.members.domain.grid import Level
from services.members.domain.pairing import PairingKind
from services.members.domain.register import MemberType
from services.members.domain.role import RoleKind
from services.members.domain.team import TeamType
from services.members.domain.vocabulary import TermKind
from services.members.domain.work_unit import WorkUnitKind


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

    def test_has_the_kinds_of_work_units_of_the_domain(self) -> None:
        stated = {name.removeprefix("WORK_UNIT_KIND_") for name, _ in organisation_pb2.WorkUnitKind.items()}
        assert stated == {"UNSPECIFIED", *WorkUnitKind}

    def test_has_the_kinds_of_pairings_of_the_domain(self) -> None:
        stated = {name.removeprefix("PAIRING_KIND_") for name, _ in pairing_pb2.PairingKind.items()}
        assert stated == {"UNSPECIFIED", *PairingKind}

    def test_has_the_purposes_of_consent_of_the_domain(self) -> None:
        stated = {name.removeprefix("CONSENT_PURPOSE_") for name, _ in consent_pb2.ConsentPurpose.items()}
        assert stated == {"UNSPECIFIED", *ConsentPurpose}

    def test_has_the_kinds_of_terms_of_the_domain(self) -> None:
        stated = {name.removeprefix("TERM_KIND_") for name, _ in vocabulary_pb2.TermKind.items()}
        assert stated == {"UNSPECIFIED", *TermKind}
