from datetime import timedelta
from typing import Any

import pytest

from services.chassis.faults import InvalidField
from services.members.domain.faults import FirstSecretaryExists, RoleHeld, ScopeNotAllowed
from services.members.domain.granting import Granting
from services.members.domain.grid import Level
from services.members.domain.place import Place, Places, Scope, ScopeKind
from services.members.domain.role import SCOPES, Holders, Role, RoleKind, may_be_held
from tests.unit.members.domain.records import JUNE, MARCH, member

DAY = timedelta(days=1)
COMMUNITY = Scope(kind=ScopeKind.GRID_NODE, id="c1")


def place(scope: Scope = COMMUNITY, level: Level | None = Level.COMMUNITY, **others: Any) -> Place:
    return Place(scope=scope, level=level, revision=1, **{"closed_at": None, **others})


def role(id_: str = "r1", **others: Any) -> Role:
    stated = {
        "kind": RoleKind.FIRST_SECRETARY,
        "member_id": "m1",
        "scope": COMMUNITY,
        "valid_from": MARCH,
        "valid_until": None,
        "revision": 1,
        **others,
    }
    return Role(id=id_, **stated)


def granting(*held: Role) -> Granting:
    return Granting(
        roles=held,
        members={id_: member(id_) for id_ in ("m1", "m2")},
        places=Places({COMMUNITY: place()}),
    )


class TestWhereARoleIsHeld:
    def test_is_said_of_every_role(self) -> None:
        assert set(SCOPES) == set(RoleKind)
        assert all(SCOPES.values())

    @pytest.mark.parametrize("kind", RoleKind)
    def test_is_where_the_table_says_and_nowhere_else(self, kind: RoleKind) -> None:
        nodes = {level for level in Level if may_be_held(kind, place(level=level))}
        others = {
            each
            for each in (ScopeKind.WORK_UNIT, ScopeKind.TEAM)
            if may_be_held(kind, place(Scope(kind=each, id="x"), level=None))
        }
        assert nodes | others == SCOPES[kind]

    def test_is_refused_elsewhere_and_named(self) -> None:
        with pytest.raises(ScopeNotAllowed, match="DISTRICT") as refusal:
            granting().grant(role(kind=RoleKind.AUDITOR))
        assert refusal.value.field == "scope.node_id"


class TestTerms:
    @pytest.mark.parametrize(
        ("held", "asked", "is_refused"),
        [
            ((MARCH, None), (JUNE, None), True),
            ((MARCH, JUNE), (JUNE, None), False),
            ((MARCH, JUNE), (JUNE - DAY, None), True),
            ((JUNE, None), (MARCH, JUNE), False),
            ((JUNE, None), (MARCH, None), True),
            ((JUNE, None), (MARCH, JUNE + DAY), True),
            ((MARCH, JUNE), (MARCH + DAY, JUNE - DAY), True),
        ],
    )
    def test_of_first_secretaries_never_overlap(self, held: Any, asked: Any, is_refused: bool) -> None:
        decided = granting(role(valid_from=held[0], valid_until=held[1]))
        wanted = role("r2", member_id="m2", valid_from=asked[0], valid_until=asked[1])
        if not is_refused:
            assert decided.grant(wanted) == wanted
            return
        with pytest.raises(FirstSecretaryExists) as refusal:
            decided.grant(wanted)
        assert refusal.value.metadata["role_id"] == "r1"

    def test_of_one_member_never_overlap_in_one_role_at_one_place(self) -> None:
        worker = role(kind=RoleKind.GRID_WORKER)
        with pytest.raises(RoleHeld):
            granting(worker).grant(role("r2", kind=RoleKind.GRID_WORKER))
        granting(worker).grant(role("r2", kind=RoleKind.GRID_WORKER, member_id="m2"))
        granting(worker).grant(role("r2", kind=RoleKind.LIAISON))

    def test_that_fell_away_stand_in_nobodys_way(self) -> None:
        granting(role(withdrawn=True)).grant(role("r2", member_id="m2"))

    def test_that_were_revoked_stand_in_nobodys_way(self) -> None:
        decided = granting(role())
        decided.revoke("r1", at=JUNE)
        decided.grant(role("r2", member_id="m2", valid_from=JUNE))

    def test_end_after_they_begin(self) -> None:
        with pytest.raises(InvalidField) as refusal:
            granting().grant(role(valid_until=MARCH))
        assert refusal.value.field == "valid_until"


class TestTheShareOfPartyMembers:
    @pytest.mark.parametrize(
        ("holders", "party_members", "basis_points"),
        [(350, 278, 7943), (489, 209, 4274), (0, 0, 0), (3, 2, 6667), (8, 1, 1250)],
    )
    def test_is_in_basis_points_half_up(self, holders: int, party_members: int, basis_points: int) -> None:
        assert Holders(holders=holders, party_members=party_members).basis_points == basis_points
