from datetime import timedelta

import pytest

from services.points.domain.fact import Trigger
from services.points.domain.faults import AlreadyApproved, SamePerson, VersionOutOfOrder
from services.points.domain.timeline import RuleSetState, Timeline, approve
from tests.unit.points.factories import day, rule_set

FIRST = rule_set(version=1, effective_from=day(1))
SECOND = rule_set(version=2, effective_from=day(10))
OTHER_NAME = rule_set(name="a-programme", effective_from=day(5))


class TestTimeline:
    def test_puts_a_version_in_force_at_its_date_until_just_before_the_next(self) -> None:
        timeline = Timeline.of([SECOND, FIRST])
        assert timeline.in_force(day(1) - timedelta(microseconds=1)) == ()
        assert timeline.in_force(day(1)) == (FIRST,)
        assert timeline.in_force(day(10) - timedelta(microseconds=1)) == (FIRST,)
        assert timeline.in_force(day(10)) == (SECOND,)

    def test_keeps_names_side_by_side_in_the_order_of_names(self) -> None:
        timeline = Timeline.of([FIRST, SECOND, OTHER_NAME])
        assert timeline.in_force(day(4)) == (FIRST,)
        assert timeline.in_force(day(11)) == (OTHER_NAME, SECOND)

    def test_lists_what_was_in_force_at_any_moment_of_a_period(self) -> None:
        timeline = Timeline.of([FIRST, SECOND, OTHER_NAME])
        assert timeline.in_force_during(starts_at=day(6), ends_at=day(10)) == (OTHER_NAME, FIRST)
        assert timeline.in_force_during(starts_at=day(6), ends_at=day(11)) == (OTHER_NAME, FIRST, SECOND)
        assert timeline.in_force_during(starts_at=day(10), ends_at=day(11)) == (OTHER_NAME, SECOND)
        assert timeline.in_force_during(starts_at=day(-9), ends_at=day(1)) == ()

    def test_lists_the_rules_of_a_trigger_with_their_versions(self) -> None:
        timeline = Timeline.of([FIRST, SECOND, OTHER_NAME])
        steps = timeline.steps(trigger=Trigger.WISH, at=day(11))
        assert [(step.rule_set, step.rule.rule_id) for step in steps] == [
            (OTHER_NAME, "wish-2"),
            (SECOND, "wish-2"),
        ]
        assert timeline.steps(trigger=Trigger.WISH, at=day(1) - timedelta(days=1)) == ()

    def test_without_any_version_scores_nothing(self) -> None:
        assert Timeline.of([]).steps(trigger=Trigger.HOURS, at=day(1)) == ()

    def test_refuses_two_versions_of_a_name_with_one_date(self) -> None:
        with pytest.raises(VersionOutOfOrder):
            Timeline.of([FIRST, rule_set(version=2, effective_from=day(1))])


class TestApprove:
    def test_puts_the_next_version_in_force(self) -> None:
        timeline = approve(
            draft=SECOND,
            state=RuleSetState.DRAFT,
            created_by="member:a",
            approved_by="member:b",
            timeline=Timeline.of([FIRST]),
        )
        assert timeline == Timeline.of([FIRST, SECOND])

    def test_of_another_name_follows_nothing(self) -> None:
        assert Timeline.of([SECOND]).taking_up(OTHER_NAME) == Timeline.of([SECOND, OTHER_NAME])

    def test_refuses_an_approved_version_before_anything_else(self) -> None:
        with pytest.raises(AlreadyApproved):
            approve(
                draft=FIRST,
                state=RuleSetState.APPROVED,
                created_by="member:a",
                approved_by="member:a",
                timeline=Timeline.of([FIRST]),
            )

    def test_refuses_whoever_wrote_it(self) -> None:
        with pytest.raises(SamePerson):
            approve(
                draft=FIRST,
                state=RuleSetState.DRAFT,
                created_by="member:a",
                approved_by="member:a",
                timeline=Timeline.of([]),
            )

    @pytest.mark.parametrize(
        ("version", "effective_on"),
        [(1, 5), (3, 10), (3, 9), (2, 11), (1, 11)],
        ids=["both earlier", "same date", "earlier date", "same number", "earlier number"],
    )
    def test_refuses_a_version_out_of_order(self, version: int, effective_on: int) -> None:
        draft = rule_set(version=version, effective_from=day(effective_on))
        with pytest.raises(VersionOutOfOrder):
            Timeline.of([SECOND]).taking_up(draft)
