from dataclasses import replace
from datetime import datetime

import pytest

from services.points.domain.amount import Fixed, PerHour
from services.points.domain.fact import Trigger
from services.points.domain.faults import DocumentMalformed
from services.points.domain.rule_set import RuleSet, validate
from tests.unit.points.factories import per_activity, rule, rule_set


def places_of_violations(document: RuleSet) -> list[str]:
    with pytest.raises(DocumentMalformed) as refusal:
        validate(document)
    return [violation.place for violation in refusal.value.violations]


class TestValidate:
    def test_accepts_the_rules_of_hailin(self) -> None:
        validate(rule_set())

    def test_finds_every_problem_at_once_in_the_order_of_the_document(self) -> None:
        document = rule_set(
            rule("hours", limits=[per_activity(limit_id="a")]),
            rule("hours", amount=PerHour(milli=0)),
            rule(
                "wish",
                trigger=Trigger.WISH,
                limits=[per_activity(limit_id="a"), per_activity(0, limit_id="b")],
            ),
            version=0,
        )
        assert places_of_violations(document) == [
            "version",
            "rules[1].rule_id",
            "rules[1].amount.per_hour_milli",
            "rules[2].amount.per_hour_milli",
            "rules[2].limits[0].limit_id",
            "rules[2].limits[0].minutes_max",
            "rules[2].limits[1].minutes_max",
            "rules[2].limits[1].minutes_max",
            "rules[2].limits[1].window",
        ]

    def test_refuses_a_limit_of_minutes_on_a_fixed_amount(self) -> None:
        document = rule_set(rule(amount=Fixed(milli=500), limits=[per_activity()]))
        assert places_of_violations(document) == ["rules[0].limits[0].minutes_max"]

    def test_refuses_figures_beyond_their_bounds(self) -> None:
        document = rule_set(
            rule("much", amount=Fixed(milli=1_000_000_001)),
            rule("negative", amount=PerHour(milli=-1), limits=[per_activity(1_000_001)]),
        )
        assert places_of_violations(document) == [
            "rules[0].amount.fixed_milli",
            "rules[1].amount.per_hour_milli",
            "rules[1].limits[0].minutes_max",
        ]

    def test_refuses_a_document_without_name_zone_or_rules(self) -> None:
        document = replace(rule_set(name=""), effective_from=datetime(2025, 1, 1), rules=())  # noqa: DTZ001 - that is what is refused
        assert places_of_violations(document) == ["name", "effective_from", "rules"]

    def test_refuses_missing_ids(self) -> None:
        document = rule_set(rule("", limits=[per_activity(limit_id="")]))
        assert places_of_violations(document) == ["rules[0].rule_id", "rules[0].limits[0].limit_id"]
