from services.points.domain.amount import Fixed
from services.points.domain.assess import assess
from services.points.domain.standing import standing_of
from services.points.domain.timeline import Timeline
from tests.unit.points.factories import day, grant, hours, per_activity, rule, rule_set, standing, wish

HAILIN = Timeline.of([rule_set()])


class TestStandingOf:
    def test_adds_up_points_wishes_and_minutes(self) -> None:
        facts = [hours(minutes=150, at=day(1)), wish("1", at=day(2)), wish("2", at=day(5))]
        found = standing_of(member_id="m", grants=assess(facts=facts, timeline=HAILIN))
        assert found == standing("m", 6_000, wishes_fulfilled=2, counted_minutes=120, reached_at=day(5))

    def test_reached_its_score_with_the_latest_fact_that_still_gives_points(self) -> None:
        facts = [hours("1", minutes=120, at=day(1)), hours("2", minutes=60, at=day(9))]
        found = standing_of(member_id="m", grants=assess(facts=facts, timeline=HAILIN))
        assert found is not None
        assert found.reached_at == day(1)

    def test_counts_minutes_once_where_two_rules_score_them_and_by_the_stricter(self) -> None:
        rules = (rule("by-time", limits=[per_activity(60)]), rule("turned-up", amount=Fixed(milli=250)))
        grants = assess(facts=[hours(minutes=100)], timeline=Timeline.of([rule_set(*rules)]))
        found = standing_of(member_id="m", grants=grants)
        assert found is not None
        assert (found.score_milli, found.counted_minutes) == (1_250, 60)

    def test_counts_a_wish_once_where_two_names_score_it(self) -> None:
        timeline = Timeline.of([rule_set(), rule_set(name="programme")])
        found = standing_of(member_id="m", grants=assess(facts=[wish()], timeline=timeline))
        assert found is not None
        assert (found.score_milli, found.wishes_fulfilled) == (4_000, 1)

    def test_is_nowhere_without_points(self) -> None:
        assert standing_of(member_id="m", grants=[]) is None
        assert standing_of(member_id="m", grants=[grant(granted_milli=0)]) is None

    def test_does_not_count_a_wish_that_earns_nothing(self) -> None:
        grants = [grant(), grant(wish(), granted_milli=0, counted_minutes=0)]
        found = standing_of(member_id="m", grants=grants)
        assert found is not None
        assert found.wishes_fulfilled == 0
