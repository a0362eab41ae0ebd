import pytest

from services.points.domain.amount import Fixed
from services.points.domain.assess import assess
from services.points.domain.explanation import duration, points, sentence
from services.points.domain.fact import Fact
from services.points.domain.rule_set import RuleSet
from services.points.domain.timeline import Timeline
from tests.unit.points.factories import hours, rule, rule_set, wish


def sentences(*facts: Fact, under: RuleSet) -> list[str]:
    grants = assess(facts=facts, timeline=Timeline.of([under]))
    return [sentence(grant=grant, rule_set=under) for grant in grants]


class TestSentence:
    def test_names_minutes_limit_points_rate_and_rule(self) -> None:
        assert sentences(hours(minutes=150), under=rule_set()) == [
            (
                "2 h 30 min confirmed; 2 h count by limit per-activity (120 min per activity); "
                "2.000 points at 1.000 an hour by rule hours-1 of hailin-2024 v1"
            )
        ]

    def test_names_no_limit_where_none_cuts(self) -> None:
        assert sentences(hours(minutes=45), under=rule_set()) == [
            "45 min confirmed; 45 min count; 0.750 points at 1.000 an hour by rule hours-1 of hailin-2024 v1"
        ]

    def test_explains_a_fact_that_earned_nothing(self) -> None:
        explained = sentences(hours("1", minutes=120), hours("2", minutes=60), under=rule_set())
        assert explained[1].startswith(
            "1 h confirmed; 0 min count by limit per-activity (120 min per activity); 0.000 points"
        )

    def test_of_a_wish_names_no_minutes(self) -> None:
        assert sentences(wish(), under=rule_set()) == [
            "wish fulfilled and confirmed; 2.000 points at 2.000 each by rule wish-2 of hailin-2024 v1"
        ]

    def test_of_hours_at_a_fixed_amount(self) -> None:
        under = rule_set(rule("turned-up", amount=Fixed(milli=250)), version=3)
        assert sentences(hours(minutes=60), under=under) == [
            "1 h confirmed; 1 h count; 0.250 points at 0.250 each by rule turned-up of hailin-2024 v3"
        ]


class TestPoints:
    @pytest.mark.parametrize(
        ("milli", "written"),
        [(0, "0.000"), (5, "0.005"), (1_250, "1.250"), (-500, "-0.500"), (10**15 + 1, "1000000000000.001")],
    )
    def test_are_written_exactly(self, milli: int, written: str) -> None:
        assert points(milli) == written


class TestDuration:
    @pytest.mark.parametrize(
        ("minutes", "written"), [(0, "0 min"), (45, "45 min"), (60, "1 h"), (150, "2 h 30 min")]
    )
    def test_is_written_in_hours_and_minutes(self, minutes: int, written: str) -> None:
        assert duration(minutes) == written
