from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.points.domain.assess import assess, fold
from services.points.domain.carried import NOTHING_CARRIED, Carried
from services.points.domain.fact import Fact, RecordKey, Trigger, in_order
from services.points.domain.timeline import Timeline
from tests.unit.points.factories import hailin_rules, rule_set
from tests.unit.points.strategies import HISTORIES, timelines


def by_hand(history: list[Fact]) -> list[Fact]:
    """Pick what counts as a person would: the highest revision of each record, if not withdrawn."""
    records: dict[RecordKey, list[Fact]] = {}
    for fact in history:
        records.setdefault(fact.record, []).append(fact)
    newest = [max(revisions, key=lambda fact: fact.revision) for revisions in records.values()]
    return [fact for fact in newest if fact.counts]


class TestAssess:
    @given(history=HISTORIES, timeline=timelines(), data=st.data())
    def test_gives_the_same_in_any_order_with_duplicates_and_withdrawals(
        self, history: list[Fact], timeline: Timeline, data: st.DataObject
    ) -> None:
        again = data.draw(st.lists(st.sampled_from(history))) if history else []
        delivered = data.draw(st.permutations([*history, *again]))
        assert assess(facts=delivered, timeline=timeline) == assess(facts=by_hand(history), timeline=timeline)

    @given(history=HISTORIES, timeline=timelines(), data=st.data())
    def test_forgets_withdrawn_facts_altogether(
        self, history: list[Fact], timeline: Timeline, data: st.DataObject
    ) -> None:
        gone = (
            data.draw(st.sets(st.sampled_from(history).map(lambda fact: fact.record))) if history else set()
        )
        withdrawals = [
            fact._replace(revision=99, counts=False)
            for fact in {fact.record: fact for fact in history}.values()
            if fact.record in gone
        ]
        kept = [fact for fact in history if fact.record not in gone]
        assert assess(facts=[*withdrawals, *history], timeline=timeline) == assess(
            facts=kept, timeline=timeline
        )

    @given(history=HISTORIES, minutes_max=st.integers(min_value=1, max_value=400))
    def test_never_exceeds_a_limit_and_never_wastes_one(self, history: list[Fact], minutes_max: int) -> None:
        version = rule_set(*hailin_rules(minutes_max=minutes_max))
        counted: Counter[str] = Counter()
        confirmed: Counter[str] = Counter()
        for grant in assess(facts=history, timeline=Timeline.of([version])):
            if grant.fact.trigger is Trigger.HOURS:
                counted[grant.fact.activity_id] += grant.counted_minutes
                confirmed[grant.fact.activity_id] += grant.fact.minutes
        assert counted == {each: min(minutes_max, total) for each, total in confirmed.items()}

    @given(history=HISTORIES, timeline=timelines())
    def test_names_a_limit_exactly_where_it_cuts(self, history: list[Fact], timeline: Timeline) -> None:
        for grant in assess(facts=history, timeline=timeline):
            assert 0 <= grant.granted_milli <= grant.wanted_milli
            assert bool(grant.limit_id) == (grant.counted_minutes < grant.fact.minutes)


class TestFold:
    @given(history=HISTORIES, timeline=timelines(), data=st.data())
    def test_goes_on_from_a_kept_state_as_if_from_scratch(
        self, history: list[Fact], timeline: Timeline, data: st.DataObject
    ) -> None:
        facts = in_order(facts=history)
        cut = data.draw(st.integers(min_value=0, max_value=len(facts)))
        whole = fold(facts=facts, timeline=timeline, carried=NOTHING_CARRIED)
        before = fold(facts=facts[:cut], timeline=timeline, carried=NOTHING_CARRIED)
        kept = Carried.from_json(before.carried.to_json())
        after = fold(facts=facts[cut:], timeline=timeline, carried=kept)
        assert [*before.grants, *after.grants] == whole.grants
        assert after.carried == whole.carried
        assert after.carried.to_json() == whole.carried.to_json()

    @given(history=HISTORIES, timeline=timelines())
    def test_leaves_the_state_it_was_given_alone(self, history: list[Fact], timeline: Timeline) -> None:
        used = {("hailin-2024", "per-activity", "activity-1"): 30}
        fold(facts=history, timeline=timeline, carried=Carried(used_minutes=used))
        assert used == {("hailin-2024", "per-activity", "activity-1"): 30}
