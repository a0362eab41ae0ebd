"""Terms of first secretaries, beside a naive model that knows of every day who it is."""

from datetime import timedelta
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from services.chassis.faults import Fault
from services.members.domain.granting import Granting
from services.members.domain.grid import Level
from services.members.domain.place import Place, Places, Scope, ScopeKind
from services.members.domain.role import Role, RoleKind
from tests.unit.members.domain.records import MARCH, member

DAYS: Final = 12
HERE: Final = Scope(kind=ScopeKind.GRID_NODE, id="c1")
PLACES: Final = Places({HERE: Place(scope=HERE, level=Level.COMMUNITY, closed_at=None, revision=1)})
MEMBERS: Final = {id_: member(id_) for id_ in ("m1", "m2", "m3")}

days = st.integers(0, DAYS)
grants = st.tuples(st.just("grant"), st.sampled_from(sorted(MEMBERS)), days, st.none() | days)
revocations = st.tuples(st.just("revoke"), st.integers(0, 8), days, st.none())


class Naive:
    """For every day, the roles that are held on it; the last day stands for all that follow."""

    def __init__(self) -> None:
        self.held: dict[str, set[int]] = {}

    def grant(self, role_id: str, first: int, until: int | None) -> bool:
        wanted = set(range(first, DAYS + 1 if until is None else until))
        if not wanted or any(wanted & taken for taken in self.held.values()):
            return False
        self.held[role_id] = wanted
        return True

    def revoke(self, role_id: str, day: int) -> bool:
        taken = self.held.get(role_id, set())
        if not taken or day <= min(taken) or day > max(taken):
            return False
        self.held[role_id] = {each for each in taken if each < day}
        return True


def a_role(role_id: str, member_id: str, first: int, until: int | None) -> Role:
    return Role(
        id=role_id,
        kind=RoleKind.FIRST_SECRETARY,
        member_id=member_id,
        scope=HERE,
        valid_from=MARCH + timedelta(days=first),
        valid_until=None if until is None else MARCH + timedelta(days=until),
        revision=1,
    )


def is_done(granting: Granting, step: tuple[str, str | int, int, int | None], role_id: str) -> bool:
    kind, whom, day, until = step
    try:
        if kind == "grant":
            granting.grant(a_role(role_id, str(whom), day, until))
        else:
            granting.revoke(f"r{whom}", at=MARCH + timedelta(days=day))
    except Fault:
        return False
    return True


@given(steps=st.lists(grants | revocations, max_size=15))
def test_terms_are_granted_and_revoked_as_the_naive_model_has_it(
    steps: list[tuple[str, str | int, int, int | None]],
) -> None:
    granting, naive = Granting(roles=[], members=MEMBERS, places=PLACES), Naive()
    for number, step in enumerate(steps):
        kind, whom, day, until = step
        expected = naive.grant(f"r{number}", day, until) if kind == "grant" else naive.revoke(f"r{whom}", day)
        assert is_done(granting, step, f"r{number}") == expected
