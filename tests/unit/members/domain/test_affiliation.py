from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.faults import InvalidField
from services.members.domain.affiliation import moved_to, unit_at
from services.members.domain.register import MemberType, PastWorkUnit
from services.members.domain.unit_faults import AffiliationChangedLater, AlreadyInWorkUnit
from tests.unit.members.domain.records import JUNE, MARCH, member

INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)
DAYS_MAX = 400


class TestMoving:
    def test_keeps_where_the_member_was_before(self) -> None:
        moved = moved_to(member(work_unit_id="w1"), "w2", at=JUNE)
        assert (moved.work_unit_id, moved.work_unit_since, moved.revision) == ("w2", JUNE, 2)
        assert moved.past_work_units == (
            PastWorkUnit(work_unit_id="w1", effective_from=MARCH, effective_until=JUNE),
        )

    def test_to_where_the_member_is_is_refused(self) -> None:
        for work_unit_id in ("w1", None):
            with pytest.raises(AlreadyInWorkUnit):
                moved_to(member(work_unit_id=work_unit_id), work_unit_id, at=JUNE)

    @pytest.mark.parametrize("at", [JUNE, JUNE - INSTANT, MARCH])
    def test_no_later_than_the_last_change_is_refused(self, at: object) -> None:
        moved = moved_to(member(work_unit_id="w1"), "w2", at=JUNE)
        with pytest.raises(AffiliationChangedLater) as refused:
            moved_to(moved, "w3", at=at)  # type: ignore[arg-type]
        assert refused.value.metadata["since"] == JUNE.isoformat()

    def test_at_the_registration_is_refused(self) -> None:
        with pytest.raises(AffiliationChangedLater):
            moved_to(member(work_unit_id="w1"), "w2", at=MARCH)

    def test_to_no_work_unit_is_refused_for_those_in_service(self) -> None:
        employed = member(member_type=MemberType.IN_SERVICE, work_unit_id="w1")
        with pytest.raises(InvalidField) as refused:
            moved_to(employed, None, at=JUNE)
        assert refused.value.field == "work_unit_id"
        assert moved_to(member(work_unit_id="w1"), None, at=JUNE).work_unit_id is None


class TestTheWorkUnitOfAMoment:
    def test_is_none_before_the_registration(self) -> None:
        assert unit_at(member(work_unit_id="w1"), MARCH - INSTANT) is None
        assert unit_at(member(work_unit_id="w1"), MARCH) == "w1"

    def test_changes_at_the_moment_of_the_change(self) -> None:
        moved = moved_to(member(work_unit_id="w1"), None, at=JUNE)
        assert (unit_at(moved, JUNE - INSTANT), unit_at(moved, JUNE)) == ("w1", None)

    @given(
        moves=st.lists(st.tuples(st.integers(1, DAYS_MAX), st.sampled_from(["w1", "w2", "w3", None]))),
        asked=st.integers(-1, DAYS_MAX + 1),
    )
    def test_is_that_of_the_last_change_before_it(
        self, moves: list[tuple[int, str | None]], asked: int
    ) -> None:
        moved = member(work_unit_id="w0")
        known: dict[int, str | None] = {0: "w0"}
        for day, work_unit_id in moves:
            if day > max(known) and work_unit_id != moved.work_unit_id:
                moved = moved_to(moved, work_unit_id, at=MARCH + day * DAY)
                known[day] = work_unit_id
        expected = known[max(day for day in known if day <= asked)] if asked >= 0 else None
        assert unit_at(moved, MARCH + asked * DAY) == expected
