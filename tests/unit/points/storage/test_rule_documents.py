from services.points.domain.amount import Fixed, PerHour
from services.points.domain.fact import Trigger
from services.points.storage.rule_documents import from_json, to_json
from tests.unit.points.factories import hailin_rules, per_activity, rule

RULES = (
    *hailin_rules(),
    rule("two-limits", limits=[per_activity(90, limit_id="a"), per_activity(60, limit_id="b")]),
    rule("each", amount=Fixed(milli=1)),
    rule("big", amount=PerHour(milli=1_000_000_000)),
)


class TestRulesWrittenDown:
    def test_are_read_back_exactly_and_in_order(self) -> None:
        assert from_json(to_json(RULES)) == RULES
        assert from_json(to_json(RULES[::-1])) == RULES[::-1]

    def test_are_the_same_text_for_the_same_rules_for_ever(self) -> None:
        wish = rule("w", trigger=Trigger.WISH, amount=Fixed(milli=2_000))
        assert to_json((wish,)) == (
            '[{"amount":{"kind":"fixed","milli":2000},"currency":"merit","limits":[],'
            '"rule_id":"w","trigger":"wish"}]'
        )
