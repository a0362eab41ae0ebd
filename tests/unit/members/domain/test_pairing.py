from typing import Any

import pytest

from services.chassis.faults import InvalidField
from services.members.domain.faults import (
    EndsBeforeStart,
    NodeClosed,
    NodeNotYet,
    NodeUnknown,
    NotACommunity,
    WorkUnitClosed,
    WorkUnitUnknown,
)
from services.members.domain.grid import Level
from services.members.domain.pairing import Pairing, PairingKind, Pairings, Target, sort_targets
from services.members.domain.unit_faults import (
    PairingEnded,
    PairingExists,
    PairingUnknown,
    WorkUnitKindMismatch,
)
from services.members.domain.work_unit import WorkUnitKind
from tests.unit.members.domain.records import JUNE, MARCH, node, unit

UNITS = {
    "w1": unit("w1"),
    "old": unit("w1"),
    "club": unit("club", kind=WorkUnitKind.SOCIAL_ORGANISATION),
    "closed": unit("closed", closed_at=JUNE),
}
COMMUNITIES = {
    "c1": node("c1", Level.COMMUNITY, parent_id="s1"),
    "new": node("new", Level.COMMUNITY, parent_id="s1", effective_from=JUNE),
    "gone": node("gone", Level.COMMUNITY, parent_id="s1", closed_at=JUNE),
    "s1": node("s1", Level.STREET),
}


def pairing(id_: str = "p1", **others: Any) -> Pairing:
    stated = {
        "work_unit_id": "w1",
        "community_id": "c1",
        "kind": PairingKind.JOINT_BUILDING,
        "began_at": MARCH,
        "revision": 1,
        **others,
    }
    return Pairing(id=id_, **stated)


def pairings(*known: Pairing) -> Pairings:
    return Pairings(known=known, units=UNITS, communities=COMMUNITIES)


def target(year: int, **others: Any) -> Target:
    return Target(year=year, **{"deeds_min": 4, "deeds_max": 0, **others})


class TestBeginning:
    def test_takes_a_pairing_of_the_work_unit_that_the_id_stands_for(self) -> None:
        assert pairings().begin(pairing(work_unit_id="old")) == pairing()

    @pytest.mark.parametrize(
        ("stated", "fault"),
        [
            ({"work_unit_id": "nobody"}, WorkUnitUnknown),
            ({"work_unit_id": "closed"}, WorkUnitClosed),
            ({"community_id": "nowhere"}, NodeUnknown),
            ({"community_id": "s1"}, NotACommunity),
            ({"community_id": "gone"}, NodeClosed),
            ({"community_id": "new"}, NodeNotYet),
            ({"kind": PairingKind.SOCIAL_ORGANISATION}, WorkUnitKindMismatch),
        ],
    )
    def test_refuses_sides_that_cannot_be_paired(self, stated: dict[str, Any], fault: type) -> None:
        with pytest.raises(fault):
            pairings().begin(pairing(**stated))

    def test_takes_a_social_organisation_as_one(self) -> None:
        as_social = pairing(work_unit_id="club", kind=PairingKind.SOCIAL_ORGANISATION)
        assert pairings().begin(as_social) == as_social

    def test_refuses_a_second_one_of_the_kind_while_the_first_lasts(self) -> None:
        with pytest.raises(PairingExists) as refused:
            pairings(pairing()).begin(pairing("p2", work_unit_id="old", began_at=JUNE))
        assert refused.value.metadata == {"pairing_id": "p1"}
        assert pairings(pairing()).begin(pairing("p2", kind=PairingKind.ASSISTANCE)).id == "p2"

    def test_takes_one_after_another_ended_and_none_before(self) -> None:
        ended = pairing(ended_at=JUNE)
        assert pairings(ended).begin(pairing("p2", began_at=JUNE)).id == "p2"
        with pytest.raises(PairingExists):
            pairings(ended).begin(pairing("p2"))

    def test_refuses_the_same_twice_in_a_batch(self) -> None:
        batch = pairings()
        batch.begin(pairing())
        with pytest.raises(PairingExists):
            batch.begin(pairing("p2"))


class TestEnding:
    def test_gives_the_next_revision(self) -> None:
        assert pairings(pairing()).end("p1", at=JUNE) == pairing(ended_at=JUNE, revision=2)

    def test_is_refused_twice_too_early_and_of_nothing(self) -> None:
        batch = pairings(pairing())
        with pytest.raises(EndsBeforeStart):
            batch.end("p1", at=MARCH)
        with pytest.raises(PairingUnknown):
            batch.end("p2", at=JUNE)
        batch.end("p1", at=JUNE)
        with pytest.raises(PairingEnded):
            batch.end("p1", at=JUNE)


class TestATarget:
    def test_is_set_changed_and_taken_away_by_year(self) -> None:
        aimed = pairing().aim(target(2026)).aim(target(2025)).aim(target(2026, deeds_max=8))
        assert aimed.targets == (target(2025), target(2026, deeds_max=8))
        assert (aimed.target_of(2025), aimed.target_of(2024), aimed.revision) == (target(2025), None, 4)
        assert aimed.aim(target(2025, deeds_min=0)).targets == (target(2026, deeds_max=8),)

    def test_that_is_so_already_changes_nothing(self) -> None:
        aimed = pairing().aim(target(2026))
        assert aimed.aim(target(2026)) is aimed
        assert aimed.aim(target(2025, deeds_min=0)) is aimed

    def test_of_a_pairing_that_ended_is_refused(self) -> None:
        with pytest.raises(PairingEnded):
            pairing(ended_at=JUNE).aim(target(2026))

    def test_has_no_maximum_or_one_of_at_least_the_minimum(self) -> None:
        assert target(2025, deeds_max=4).deeds_max == 4
        with pytest.raises(InvalidField) as refused:
            target(2025, deeds_max=3)
        assert refused.value.field == "deeds_max"

    def test_of_a_year_is_one(self) -> None:
        with pytest.raises(InvalidField):
            sort_targets([target(2025), target(2025, deeds_max=9)])
