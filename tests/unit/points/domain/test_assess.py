import pytest

from services.points.domain.amount import Fixed, PerHour
from services.points.domain.assess import assess
from services.points.domain.fact import Trigger
from services.points.domain.timeline import Timeline
from tests.unit.points.factories import (
    NEW_YEAR,
    day,
    hailin_rules,
    hours,
    per_activity,
    rule,
    rule_set,
    wish,
)

HAILIN = Timeline.of([rule_set()])


class TestPublishedRules:
    def test_fixture_07_of_hailin_hours(self) -> None:
        """海林 RS-07: act1 3 h → 2; act2 1 h → 1; act3 2 h with complaint → 0; hours 3 (2 + 1)."""
        grants = assess(
            facts=[
                hours("1", minutes=180, activity_id="act1", at=day(1)),
                hours("2", minutes=60, activity_id="act2", at=day(2)),
                hours("3", minutes=120, activity_id="act3", at=day(3)),
                hours("3", minutes=120, activity_id="act3", at=day(3), revision=2, counts=False),
            ],
            timeline=HAILIN,
        )
        assert [grant.granted_milli for grant in grants] == [2_000, 1_000]
        assert sum(grant.counted_minutes for grant in grants) == 180

    @pytest.mark.parametrize(
        ("minutes", "granted_milli"),
        [(20, 333), (30, 500), (45, 750), (60, 1_000), (75, 1_250), (570, 9_500)],
    )
    def test_mca_actual_counts_actual_time(self, minutes: int, granted_milli: int) -> None:
        """RS-06, MCA_ACTUAL: 0.33, 0.5, 0.75, 1, 1.25, 9.5."""
        timeline = Timeline.of([rule_set(rule(amount=PerHour(milli=1_000)))])
        [grant] = assess(facts=[hours(minutes=minutes)], timeline=timeline)
        assert grant.granted_milli == granted_milli


class TestLimits:
    def test_add_up_over_the_facts_of_an_activity(self) -> None:
        grants = assess(
            facts=[
                hours("3", minutes=60, at=day(3)),
                hours("1", minutes=90, at=day(1)),
                hours("2", minutes=60, at=day(2)),
            ],
            timeline=HAILIN,
        )
        explained = [(grant.wanted_milli, grant.granted_milli, grant.limit_id) for grant in grants]
        assert explained == [
            (1_500, 1_500, ""),
            (1_000, 500, "per-activity"),
            (1_000, 0, "per-activity"),
        ]

    def test_give_back_room_when_a_fact_is_withdrawn(self) -> None:
        first, second = hours("1", minutes=120, at=day(1)), hours("2", minutes=60, at=day(2))
        withdrawn = hours("1", minutes=120, at=day(1), revision=2, counts=False)
        [grant] = assess(facts=[withdrawn, second, first], timeline=HAILIN)
        assert (grant.fact, grant.granted_milli) == (second, 1_000)

    def test_name_the_one_that_decided(self) -> None:
        limits = [per_activity(150, limit_id="wide"), per_activity(120, limit_id="tight")]
        timeline = Timeline.of([rule_set(rule(limits=limits))])
        grants = assess(
            facts=[hours(str(index), minutes=index, activity_id=str(index)) for index in (110, 130, 160)],
            timeline=timeline,
        )
        assert [grant.limit_id for grant in grants] == ["", "tight", "tight"]

    def test_name_the_first_of_two_that_cut_alike(self) -> None:
        limits = [per_activity(120, limit_id="first"), per_activity(120, limit_id="second")]
        [grant] = assess(facts=[hours(minutes=180)], timeline=Timeline.of([rule_set(rule(limits=limits))]))
        assert grant.limit_id == "first"

    def test_of_a_later_version_go_on_counting_and_displace_nothing(self) -> None:
        lowered = rule_set(*hailin_rules(minutes_max=60), version=2, effective_from=day(2))
        grants = assess(
            facts=[hours("1", minutes=90, at=day(1)), hours("2", minutes=30, at=day(3))],
            timeline=Timeline.of([rule_set(), lowered]),
        )
        assert [(grant.rule_set_id, grant.granted_milli) for grant in grants] == [
            ("hailin-2024-v1", 1_500),
            ("hailin-2024-v2", 0),
        ]

    def test_of_another_name_count_apart(self) -> None:
        timeline = Timeline.of([rule_set(), rule_set(name="programme")])
        grants = assess(facts=[hours(minutes=120)], timeline=timeline)
        assert [grant.granted_milli for grant in grants] == [2_000, 2_000]


class TestFacts:
    def test_before_any_version_are_worth_nothing(self) -> None:
        timeline = Timeline.of([rule_set(effective_from=NEW_YEAR)])
        assert assess(facts=[hours(at=day(0))], timeline=timeline) == []

    def test_earn_under_every_rule_they_trigger(self) -> None:
        timeline = Timeline.of([rule_set(rule("by-time"), rule("turned-up", amount=Fixed(milli=250)))])
        grants = assess(facts=[hours(minutes=30)], timeline=timeline)
        assert [(grant.rule_id, grant.granted_milli) for grant in grants] == [
            ("by-time", 500),
            ("turned-up", 250),
        ]

    def test_of_a_wish_earn_a_fixed_amount(self) -> None:
        [grant] = assess(facts=[wish()], timeline=HAILIN)
        assert grant.fact.trigger is Trigger.WISH
        assert (grant.granted_milli, grant.counted_minutes, grant.limit_id) == (2_000, 0, "")

    def test_withdrawn_before_they_arrived_are_worth_nothing(self) -> None:
        assert assess(facts=[wish(revision=2, counts=False), wish(revision=1)], timeline=HAILIN) == []

    def test_follow_the_version_of_their_latest_moment(self) -> None:
        timeline = Timeline.of([rule_set(), rule_set(version=2, effective_from=day(10))])
        [grant] = assess(facts=[wish(at=day(1)), wish(at=day(10), revision=2)], timeline=timeline)
        assert grant.rule_set_id == "hailin-2024-v2"
