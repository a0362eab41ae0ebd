from hypothesis import given
from hypothesis import strategies as st

from services.points.domain.account import NOTHING, Account, Settled, settle
from services.points.domain.assess import Grant, assess
from services.points.domain.audit import breaches_of_account, breaches_of_postings
from services.points.domain.fact import Fact, latest
from services.points.domain.rule_set import Currency
from services.points.domain.timeline import Timeline
from tests.unit.points.factories import day, hours, rule_set, wish

TIMELINE = Timeline.of([rule_set()])


def settle_facts(facts: list[Fact], *, held: list[Grant], account: Account = NOTHING) -> Settled:
    return settle(
        member_id="ann",
        held=held,
        grants=assess(facts=facts, timeline=TIMELINE),
        revisions={key: fact.revision for key, fact in latest(facts=facts).items()},
        accounts={Currency.MERIT: account},
    )


class TestSettling:
    def test_rests_each_entry_on_what_its_fact_is_worth_after_it(self) -> None:
        facts = [hours(minutes=90), wish(at=day(2))]
        settled = settle_facts(facts, held=[])
        assert [entry.grant for entry in settled.entries] == assess(facts=facts, timeline=TIMELINE)
        assert all(entry.stands for entry in settled.entries)
        assert settled.accounts == {
            Currency.MERIT: Account(balance_milli=3_500, version=2, counted_minutes=90, wishes_fulfilled=1)
        }

    def test_keeps_of_a_withdrawn_fact_what_it_was_and_that_it_is_worth_nothing(self) -> None:
        held = assess(facts=[hours()], timeline=TIMELINE)
        account = Account(balance_milli=1_000, version=1, counted_minutes=60)
        settled = settle_facts([hours(revision=2, counts=False)], held=held, account=account)
        (back,) = settled.entries
        assert not back.stands
        assert (back.grant.granted_milli, back.grant.wanted_milli, back.grant.counted_minutes) == (0, 0, 0)
        assert (back.grant.fact.minutes, back.grant.fact.revision) == (60, 2)
        assert settled.accounts[Currency.MERIT] == Account(balance_milli=0, version=2)

    def test_counts_minutes_anew_where_no_point_moves(self) -> None:
        held = assess(facts=[hours(community_id="east")], timeline=TIMELINE)
        account = Account(balance_milli=1_000, version=1, counted_minutes=59)
        settled = settle_facts([hours(community_id="west")], held=held, account=account)
        assert settled.entries == []
        assert settled.accounts[Currency.MERIT].counted_minutes == 60

    @given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 200), st.booleans()), max_size=6)))
    def test_of_any_corrections_leaves_a_ledger_without_breach(
        self, batches: list[list[tuple[int, int, bool]]]
    ) -> None:
        known: dict[int, Fact] = {}
        held: list[Grant] = []
        entries, account = [], NOTHING
        for batch in batches:
            for record, minutes, counts in batch:
                revision = known[record].revision + 1 if record in known else 1
                known[record] = hours(
                    f"a{record}", minutes=minutes, counts=counts, revision=revision, at=day(record + 1)
                )
            settled = settle_facts(list(known.values()), held=held, account=account)
            held = assess(facts=known.values(), timeline=TIMELINE)
            entries += settled.entries
            account = settled.accounts[Currency.MERIT]
        assert not list(
            breaches_of_account(member_id="ann", currency=Currency.MERIT, account=account, entries=entries)
        )
        assert not list(
            breaches_of_postings(member_id="ann", entries=entries, grants=held, timeline=TIMELINE)
        )
        assert account.balance_milli == sum(grant.granted_milli for grant in held)
