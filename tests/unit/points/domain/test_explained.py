from services.points.domain.account import NOTHING, Entry, settle
from services.points.domain.assess import Grant, assess
from services.points.domain.explained import Explained, explain
from services.points.domain.fact import Fact
from services.points.domain.rule_set import Currency
from services.points.domain.timeline import Timeline
from tests.unit.points.factories import day, hours, rule_set

RULES = rule_set()
TIMELINE = Timeline.of([RULES])


def grants_of(*facts: Fact) -> list[Grant]:
    return assess(facts=facts, timeline=TIMELINE)


def entry_of(*facts: Fact, held: list[Grant] | None = None) -> Entry:
    settled = settle(
        member_id="ann",
        held=held or [],
        grants=grants_of(*facts),
        revisions={fact.record: fact.revision for fact in facts},
        accounts={Currency.MERIT: NOTHING},
    )
    return settled.entries[-1]


def explained(entry: Entry, *now: Fact) -> Explained:
    grants = grants_of(*now)
    return explain(
        entry=entry,
        rule_set=RULES,
        grant_now=grants[0] if grants else None,
        revision_now=now[0].revision if now else None,
    )


class TestAnExplanation:
    def test_is_current_while_revision_and_worth_are_the_same(self) -> None:
        found = explained(entry_of(hours()), hours())
        assert found.is_current
        assert found.worth_now_milli == 1_000
        assert found.rule == RULES.rules[0]

    def test_takes_the_community_that_is_known_by_now(self) -> None:
        found = explained(entry_of(hours(community_id="")), hours(community_id="west"))
        assert found.is_current
        assert found.grant.fact.community_id == "west"

    def test_is_not_current_after_a_revision_of_equal_worth(self) -> None:
        found = explained(entry_of(hours()), hours(revision=2))
        assert not found.is_current
        assert found.worth_now_milli == 1_000

    def test_says_that_a_fact_is_gone_which_its_log_no_longer_states(self) -> None:
        found = explained(entry_of(hours()))
        assert not found.is_current
        assert found.worth_now_milli == 0
        assert found.sentence.endswith("went back to an earlier state and no longer does")

    def test_is_not_current_once_the_fact_is_worth_something_else(self) -> None:
        found = explained(entry_of(hours(minutes=120)), hours(minutes=60))
        assert not found.is_current
        assert (found.grant.granted_milli, found.worth_now_milli) == (2_000, 1_000)

    def test_of_a_fact_that_moved_counts_nothing_at_the_old_moment(self) -> None:
        found = explained(entry_of(hours(at=day(1))), hours(at=day(5), revision=2))
        assert (found.is_current, found.worth_now_milli) == (False, 0)

    def test_of_a_withdrawal_is_current_while_it_stays_withdrawn(self) -> None:
        withdrawn = hours(revision=2, counts=False)
        back = entry_of(withdrawn, held=grants_of(hours()))
        assert explained(back, withdrawn).is_current
        assert not explained(back, hours(revision=3)).is_current
