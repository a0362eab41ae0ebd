from hypothesis import given

from services.points.domain.assess import Grant, assess
from services.points.domain.fact import Fact, RecordKey, latest
from services.points.domain.ledger import Posted, Posting, Transfer, book, difference, posting_of
from services.points.domain.rule_set import Currency
from services.points.domain.timeline import Timeline
from tests.unit.points.factories import day, grant, hours, rule_set
from tests.unit.points.strategies import HISTORIES, timelines

ACCOUNT = "member:m/merit"
Ledger = dict[Posting, Posted]


def transfers_for(
    grants: list[Grant], *, posted: Ledger, revisions: dict[RecordKey, int] | None = None
) -> list[Transfer]:
    return difference(member_id="m", grants=grants, posted=posted, revisions=revisions or {})


def posted_by(transfers: list[Transfer], *, onto: Ledger) -> Ledger:
    """Post as the ledger's tables would: add up signed amounts under what a transfer names."""
    ledger = dict(onto)
    for transfer in transfers:
        posting = Posting(
            transfer.effective_at, transfer.cause, transfer.rule_set_id, transfer.rule_id, transfer.currency
        )
        held_milli = ledger.get(posting, Posted(0, 0)).amount_milli
        sign = 1 if transfer.to_account == ACCOUNT else -1
        ledger[posting] = Posted(held_milli + sign * transfer.amount_milli, transfer.cause_revision)
    return ledger


class TestDifference:
    def test_issues_what_is_not_posted_yet(self) -> None:
        [transfer] = transfers_for([grant(hours(revision=2))], posted={}, revisions={hours().record: 2})
        assert transfer == Transfer(
            from_account="issued/merit",
            to_account=ACCOUNT,
            amount_milli=1_000,
            currency=Currency.MERIT,
            effective_at=day(1),
            cause=RecordKey("events", "attendance-1"),
            cause_revision=2,
            rule_set_id="hailin-2024-v1",
            rule_id="hours-1",
        )

    def test_takes_back_what_a_withdrawal_undoes_and_names_it_as_the_cause(self) -> None:
        posted = {posting_of(grant()): Posted(1_000, 1)}
        [transfer] = transfers_for([], posted=posted, revisions={hours().record: 2})
        assert (transfer.from_account, transfer.to_account) == (ACCOUNT, "issued/merit")
        assert (transfer.amount_milli, transfer.cause_revision) == (1_000, 2)

    def test_takes_back_a_record_that_is_another_members_now_by_the_revision_it_was_posted_with(self) -> None:
        [transfer] = transfers_for([], posted={posting_of(grant()): Posted(1_000, 3)})
        assert transfer.cause_revision == 3

    def test_posts_only_the_rest_when_the_worth_changes(self) -> None:
        posted = {posting_of(grant()): Posted(1_000, 1)}
        [more] = transfers_for([grant(granted_milli=1_250)], posted=posted)
        [less] = transfers_for([grant(granted_milli=400)], posted=posted)
        assert (more.to_account, more.amount_milli) == (ACCOUNT, 250)
        assert (less.from_account, less.amount_milli) == (ACCOUNT, 600)

    def test_posts_nothing_for_a_grant_of_nothing(self) -> None:
        assert transfers_for([grant(granted_milli=0)], posted={}) == []

    def test_posts_nothing_for_a_correction_of_equal_worth(self) -> None:
        posted = {posting_of(grant()): Posted(1_000, 1)}
        corrected = grant(hours(revision=2))
        assert transfers_for([corrected], posted=posted, revisions={hours().record: 2}) == []

    def test_takes_back_and_issues_anew_when_the_fact_moves(self) -> None:
        posted = {posting_of(grant(hours(at=day(1)))): Posted(1_000, 1)}
        back, anew = transfers_for([grant(hours(at=day(2)))], posted=posted)
        assert (back.from_account, back.effective_at) == (ACCOUNT, day(1))
        assert (anew.to_account, anew.effective_at) == (ACCOUNT, day(2))

    def test_takes_back_and_issues_anew_when_another_version_scores_it(self) -> None:
        posted = {posting_of(grant()): Posted(1_000, 1)}
        back, anew = transfers_for([grant()._replace(rule_set_id="hailin-2024-v2")], posted=posted)
        assert (back.from_account, back.rule_set_id) == (ACCOUNT, "hailin-2024-v1")
        assert (anew.to_account, anew.rule_set_id) == (ACCOUNT, "hailin-2024-v2")


class TestLedger:
    @given(before=HISTORIES, after=HISTORIES, timeline=timelines(), next_timeline=timelines())
    def test_holds_what_the_grants_say_once_the_difference_is_posted_and_never_posts_it_twice(
        self, before: list[Fact], after: list[Fact], timeline: Timeline, next_timeline: Timeline
    ) -> None:
        ledger: Ledger = {}
        for facts, rules in ((before, timeline), (after, timeline), (after, next_timeline)):
            grants = assess(facts=facts, timeline=rules)
            revisions = {record: fact.revision for record, fact in latest(facts=facts).items()}
            transfers = transfers_for(grants, posted=ledger, revisions=revisions)
            assert all(transfer.amount_milli > 0 for transfer in transfers)
            ledger = posted_by(transfers, onto=ledger)
            held = {posting: posted.amount_milli for posting, posted in ledger.items() if posted.amount_milli}
            said = {posting_of(each): each.granted_milli for each in grants if each.granted_milli}
            assert held == said
            assert transfers_for(grants, posted=ledger, revisions=revisions) == []


class TestBook:
    def test_chains_balances_and_versions(self) -> None:
        timeline = Timeline.of([rule_set()])
        grants = assess(facts=[hours("1", minutes=90), hours("2", activity_id="2")], timeline=timeline)
        posted = {posting_of(grant(hours("gone"))): Posted(500, 1)}
        transfers = transfers_for(grants, posted=posted)
        booked = book(transfers=transfers, account=ACCOUNT, balance_milli=500, version=7)
        assert [(each.balance_after_milli, each.account_version) for each in booked] == [
            (2_000, 8),
            (3_000, 9),
            (2_500, 10),
        ]

    @given(before=HISTORIES, after=HISTORIES, timeline=timelines())
    def test_never_goes_below_zero_on_the_way(
        self, before: list[Fact], after: list[Fact], timeline: Timeline
    ) -> None:
        first = transfers_for(assess(facts=before, timeline=timeline), posted={})
        ledger = posted_by(first, onto={})
        second = transfers_for(assess(facts=after, timeline=timeline), posted=ledger)
        booked = book(transfers=[*first, *second], account=ACCOUNT, balance_milli=0, version=0)
        assert all(each.balance_after_milli >= 0 for each in booked)
        assert [each.account_version for each in booked] == list(range(1, len(booked) + 1))
