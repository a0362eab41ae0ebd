import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import pytest
from linli.points.v1 import rule_set_pb2 as pb

from services.chassis.facts.waiting import count_waiting
from services.chassis.faults import Fault, InvalidField
from services.chassis.frame import Frame
from services.chassis.sql.database import Database
from services.points.api.rules import rule_service
from services.points.domain.faults import (
    AlreadyApproved,
    DocumentMalformed,
    RuleSetUnknown,
    SamePerson,
    VersionOutOfOrder,
    VersionTaken,
)
from services.points.usecases.approve_rule_sets import ApproveRuleSet, approve_rule_sets
from tests.integration.databases import working
from tests.integration.points.house import ask, framed, open_points
from tests.unit.points.factories import NEW_YEAR, day
from tests.unit.points.messages import document, hours_rule, wish_rule


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    async with open_points(database_url) as opened:
        yield opened


@pytest.fixture
async def frame(database: Database) -> AsyncGenerator[Frame]:
    async with framed(database) as opened:
        yield opened


class Rules:
    """`RuleService` as its callers see it."""

    def __init__(self, frame: Frame) -> None:
        self._rpcs = rule_service(frame).rpcs
        self._requests = 0

    async def create(self, written: pb.RuleSetDocument, *, by: str = "first") -> str:
        request = pb.CreateRuleSetRequest(request_id=self._request_id(), document=written)
        return str((await ask(self._rpcs, request, by=by)).written.id)

    async def approve(self, rule_set_id: str, *, by: str = "second") -> None:
        request = pb.ApproveRuleSetRequest(request_id=self._request_id(), rule_set_id=rule_set_id)
        await ask(self._rpcs, request, by=by)

    async def get(self, rule_set_id: str) -> pb.RuleSet:
        answer = await ask(self._rpcs, pb.GetRuleSetRequest(rule_set_id=rule_set_id))
        assert isinstance(answer, pb.GetRuleSetResponse)
        return answer.rule_set

    async def list(self, *, page_size: int, page_token: str = "") -> pb.ListRuleSetsResponse:
        request = pb.ListRuleSetsRequest(page_size=page_size, page_token=page_token)
        answer = await ask(self._rpcs, request)
        assert isinstance(answer, pb.ListRuleSetsResponse)
        return answer

    def _request_id(self) -> str:
        self._requests += 1
        return f"request-{self._requests}"


@pytest.fixture
def rules(frame: Frame) -> Rules:
    return Rules(frame)


class TestADraft:
    async def test_is_read_back_exactly(self, rules: Rules) -> None:
        written = document(hours_rule(minutes_max=120), wish_rule(), effective_from=day(3))
        rule_set_id = await rules.create(written)
        kept = await rules.get(rule_set_id)
        assert kept.document == written
        assert (kept.state, kept.created_by, kept.approved_by) == (
            pb.RULE_SET_STATE_DRAFT,
            "member:first",
            "",
        )

    async def test_is_refused_with_every_problem_and_its_place(self, rules: Rules) -> None:
        twice = hours_rule("r")
        twice.trigger = pb.TRIGGER_WISH
        with pytest.raises(DocumentMalformed) as refused:
            await rules.create(document(hours_rule("r"), twice))
        places = [violation.place for violation in refused.value.violations]
        assert places == ["document.rules[1].rule_id", "document.rules[1].amount.per_hour_milli"]

    @pytest.mark.parametrize("moment", [datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)])
    async def test_is_refused_with_a_date_beyond_reason(self, rules: Rules, moment: datetime) -> None:
        written = document(wish_rule())
        written.effective_from.FromDatetime(moment)
        with pytest.raises(InvalidField) as refused:
            await rules.create(written)
        assert refused.value.field == "document.effective_from"

    async def test_is_refused_where_its_version_was_written_before(self, rules: Rules) -> None:
        await rules.create(document(wish_rule()))
        with pytest.raises(VersionTaken):
            await rules.create(document(hours_rule()), by="third")
        await rules.create(document(hours_rule(), version=2))
        await rules.create(document(hours_rule(), name="programme"))

    async def test_that_raced_for_a_version_loses_or_wins_alone(self, rules: Rules) -> None:
        outcomes = await asyncio.gather(
            *(rules.create(document(wish_rule())) for _ in range(5)), return_exceptions=True
        )
        refused = [outcome for outcome in outcomes if isinstance(outcome, VersionTaken)]
        assert len(refused) == 4


class TestAnApproval:
    async def test_by_a_second_person_puts_it_in_force(self, rules: Rules, database: Database) -> None:
        rule_set_id = await rules.create(document(wish_rule()))
        await rules.approve(rule_set_id)
        kept = await rules.get(rule_set_id)
        assert (kept.state, kept.approved_by) == (pb.RULE_SET_STATE_APPROVED, "member:second")
        async with database.read() as connection:
            assert await count_waiting(connection) == (1, 0)

    async def test_by_its_author_is_refused_and_changes_nothing(
        self, rules: Rules, database: Database
    ) -> None:
        rule_set_id = await rules.create(document(wish_rule()))
        with pytest.raises(SamePerson):
            await rules.approve(rule_set_id, by="first")
        assert (await rules.get(rule_set_id)).state == pb.RULE_SET_STATE_DRAFT
        async with database.read() as connection:
            assert await count_waiting(connection) == (0, 0)

    async def test_twice_is_refused(self, rules: Rules) -> None:
        rule_set_id = await rules.create(document(wish_rule()))
        await rules.approve(rule_set_id)
        with pytest.raises(AlreadyApproved):
            await rules.approve(rule_set_id, by="third")

    async def test_of_what_nobody_wrote_is_refused(self, rules: Rules) -> None:
        with pytest.raises(RuleSetUnknown):
            await rules.approve("nothing")

    async def test_after_a_later_version_is_refused(self, rules: Rules) -> None:
        first = await rules.create(document(wish_rule(), version=1, effective_from=NEW_YEAR))
        second = await rules.create(document(wish_rule(), version=2, effective_from=day(40)))
        await rules.approve(second)
        with pytest.raises(VersionOutOfOrder):
            await rules.approve(first)

    async def test_sees_the_approvals_before_it_in_the_same_batch(
        self, rules: Rules, database: Database
    ) -> None:
        first = await rules.create(document(wish_rule(), version=1, effective_from=NEW_YEAR))
        second = await rules.create(document(wish_rule(), version=2, effective_from=day(40)))
        async with working(database) as work:
            outcomes = await approve_rule_sets(
                work, [ApproveRuleSet(rule_set_id=each, approved_by="b") for each in (second, first, second)]
            )
        assert [outcome.reason if isinstance(outcome, Fault) else "" for outcome in outcomes] == [
            "",
            "VERSION_OUT_OF_ORDER",
            "ALREADY_APPROVED",
        ]


class TestTheList:
    async def test_is_in_the_order_of_names_and_versions_page_by_page(self, rules: Rules) -> None:
        for name, version in (("b", 1), ("a", 10), ("a", 2), ("B", 1)):
            await rules.create(document(wish_rule(), name=name, version=version))
        first = await rules.list(page_size=3)
        second = await rules.list(page_size=3, page_token=first.next_page_token)
        listed = [(each.document.name, each.document.version) for each in first.rule_sets]
        listed += [(each.document.name, each.document.version) for each in second.rule_sets]
        assert listed == [("B", 1), ("a", 2), ("a", 10), ("b", 1)]
        assert not second.next_page_token

    async def test_has_no_version_that_nobody_wrote(self, rules: Rules) -> None:
        with pytest.raises(RuleSetUnknown):
            await rules.get("nothing")
