from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from linli.members.v1 import facts_pb2
from linli.members.v1 import feedback_pb2 as pb
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from services.chassis.faults import Fault, InvalidField
from services.chassis.moments import moment_of
from services.chassis.tables import dirty_subjects
from services.members.domain import faults, statement_faults
from services.members.domain.days import day_of
from services.members.domain.register import MemberType
from services.members.storage.feedback_tables import feedback_statements
from services.members.storage.tables import members, past_work_units
from services.members.usecases.end_enrolments import EndEnrolment
from tests.integration.members.feedback import QUARTER, Town, enrolments_of, moment, open_town, unit
from tests.integration.members.register import DESK, SHANGHAI, Register, end_enrolments, hours, open_register

DRAFT = pb.STATEMENT_STATE_DRAFT
SENT = pb.STATEMENT_STATE_SENT
REPLIED = pb.STATEMENT_STATE_REPLIED


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def town(register: Register, tmp_path: Path) -> AsyncGenerator[Town]:
    async with open_town(register, tmp_path) as town:
        yield town


class TestAStatement:
    async def test_says_what_a_member_did_and_earned_in_the_period(self, town: Town) -> None:
        ann, bo = await town.enrolled("ann", "bo")
        await town.events.state(
            hours("h1", ann, at=moment(3, 5), minutes=60),
            hours("h2", ann, at=moment(3, 6), minutes=30),
            hours("h3", ann, at=moment(4, 1), minutes=60),
            hours("h4", ann, at=moment(3, 7), minutes=60, revoked=True),
        )
        await town.events.state_wish("w", ann, at=moment(3, 8))
        about = {each.member_id: each for each in await town.generated()}
        told = about[ann]
        assert (told.service_minutes, told.activities, told.wishes) == (90, 2, 1)
        assert told.merit_milli == (await town.ledger.balance_of(ann))[0] - 500
        assert (told.period_id, told.version, told.state) == (QUARTER, 1, DRAFT)
        assert (told.community_id, told.work_unit_id) == (town.community_id, town.work_unit_id)
        assert dict(told.service_positions) == {"events": 5}
        assert told.points_positions["events"] == 5
        assert told.points_positions["members"] >= 8
        assert (about[bo].service_minutes, about[bo].merit_milli) == (0, 0)

    async def test_is_made_of_whoever_is_in_service_enrolled_and_of_a_work_unit_at_the_end_of_the_period(
        self, town: Town
    ) -> None:
        stays, leaves, comes, moves, left = await town.enrolled(
            "stays", "leaves", "comes", "moves", "left", at=moment(3, 2)
        )
        await town.enrolled("retired", member_type=MemberType.RETIRED)
        await town.register.members(
            "nowhere", member_type=MemberType.IN_SERVICE, work_unit_id=town.work_unit_id
        )
        other_id = await unit(town.register, "w2")
        async with town.database.write() as connection:
            # Since April one belongs elsewhere and one is of no work unit any more; one came in April.
            for member_id, now_at in ((moves, other_id), (left, None)):
                span = {
                    "member_id": member_id,
                    "effective_from": moment(3, 1),
                    "effective_until": moment(4, 2),
                    "work_unit_id": town.work_unit_id,
                }
                await connection.execute(insert(past_work_units).values(span))
                changed = {"work_unit_id": now_at, "work_unit_since": moment(4, 2)}
                if now_at is None:
                    changed["work_unit_id"] = other_id
                await connection.execute(
                    update(members).where(members.c.member_id == member_id).values(changed)
                )
            await connection.execute(
                insert(past_work_units).values(
                    member_id=comes,
                    effective_from=moment(3, 1),
                    effective_until=moment(4, 2),
                    work_unit_id=None,
                )
            )
            await connection.execute(
                update(members).where(members.c.member_id == comes).values(work_unit_since=moment(4, 2))
            )
        enrolment_ids = await enrolments_of(town, leaves)
        await town.register.written(
            end_enrolments,
            EndEnrolment(
                enrolment_id=enrolment_ids[0], occurred_at=moment(3, 20), reason="moved", stated_by=DESK
            ),
        )
        first = {each.member_id: each.work_unit_id for each in await town.generated()}
        assert first == dict.fromkeys((stays, moves, left), town.work_unit_id)
        second = {
            each.member_id: each.work_unit_id
            for each in await town.generated(request_id="g2", period_id="2025-Q2")
        }
        assert second == {stays: town.work_unit_id, comes: town.work_unit_id, moves: other_id, left: other_id}

    async def test_is_generated_for_a_part_of_the_grid_alone(self, town: Town) -> None:
        await town.enrolled("ann")
        assert len(await town.generated(node_id=town.community_id)) == 1
        with pytest.raises(faults.NodeUnknown):
            await town.begin(request_id="x", node_id="nowhere")

    async def test_of_a_period_that_has_not_begun_is_refused(self, town: Town) -> None:
        with pytest.raises(InvalidField):
            await town.begin(period_id="2199-Q1")

    async def test_states_itself_and_nobody_else_has_to_compute(self, town: Town) -> None:
        await town.enrolled("ann")
        (draft,) = await town.generated()
        await town.comment(draft, "A secret comment.")
        await town.send([draft])
        await town.reply(draft, reply="A secret reply.")
        facts = [fact for fact in await town.register.facts() if fact.record_id == draft.statement_id]
        assert [fact.revision for fact in facts] == [1, 2, 3, 4]
        assert {(each.kind, each.id) for fact in facts for each in fact.subjects} == {
            ("feedback_statement", draft.statement_id)
        }
        bodies = [facts_pb2.FeedbackStatementFact.FromString(fact.body.value) for fact in facts]
        assert [body.state for body in bodies] == [DRAFT, DRAFT, SENT, REPLIED]
        assert not any(b"secret" in fact.SerializeToString() for fact in facts)
        await town.learn()
        async with town.ledger.database.read() as connection:
            waiting = (await connection.execute(select(dirty_subjects.c.subject))).scalars().all()
        assert not any("feedback_statement" in subject for subject in waiting)


class TestSending:
    async def test_freezes_and_says_until_when_to_acknowledge(self, town: Town) -> None:
        await town.enrolled("ann")
        (draft,) = await town.generated()
        await town.comment(draft, "Did well.")
        await town.send([draft])
        sent = (await town.get(draft.statement_id)).statement
        assert (sent.state, sent.comment, sent.overdue_days) == (SENT, "Did well.", 0)
        sent_on, due_on = (day_of(moment_of(each), zone=SHANGHAI) for each in (sent.sent_at, sent.due_at))
        assert due_on - sent_on == timedelta(days=15)
        with pytest.raises(statement_faults.StatementFrozen):
            await town.comment(sent, "Too late.")
        refused = (await town.ask(_sending(sent, request_id="again"))).results[0].refused
        assert "never changes" in refused.message

    async def test_can_be_tried_first(self, town: Town) -> None:
        await town.enrolled("ann")
        (draft,) = await town.generated()
        assert (await town.send([draft], dry_run=True)).results[0].written.id == draft.statement_id
        assert (await town.get(draft.statement_id)).statement.state == DRAFT

    async def test_decides_each_by_itself(self, town: Town) -> None:
        await town.enrolled("ann", "bo")
        first, second = await town.generated()
        await town.send([first])
        strange = pb.Statement(statement_id="strange")
        answer = await town.ask(
            pb.SendStatementsRequest(
                items=[
                    pb.SendStatement(request_id=f"x{place}", statement_id=each.statement_id)
                    for place, each in enumerate([first, second, strange])
                ]
            )
        )
        assert [each.HasField("written") for each in answer.results] == [False, True, False]

    async def test_lets_the_database_refuse_any_change_of_what_it_says(self, town: Town) -> None:
        await town.enrolled("ann")
        (draft,) = await town.generated()
        await town.send([draft])
        changes: list[dict[str, Any]] = [
            {"service_minutes": 1},
            {"merit_milli": 1},
            {"comment": "other"},
            {"positions": "{}"},
            {"sent_at": moment(3, 1)},
            {"due_at": moment(3, 1)},
            {"state": "DRAFT", "sent_at": None, "due_at": None},
        ]
        tampering = [update(feedback_statements).values(change) for change in changes]
        for statement in [*tampering, delete(feedback_statements)]:
            with pytest.raises(DBAPIError, match="a statement that was sent never changes"):
                async with town.database.write() as connection:
                    await connection.execute(statement)


def _sending(statement: pb.Statement, *, request_id: str) -> pb.SendStatementsRequest:
    item = pb.SendStatement(request_id=request_id, statement_id=statement.statement_id)
    return pb.SendStatementsRequest(items=[item])


class TestAList:
    async def test_is_filtered_and_comes_page_by_page(self, town: Town) -> None:
        ids = await town.enrolled("ann", "bo", "cy")
        drafts = await town.generated()
        assert [each.statement_id for each in drafts] == sorted(each.statement_id for each in drafts)
        await town.send(drafts[:1])
        assert len(await town.list(states=[SENT])) == 1
        assert len(await town.list(states=[SENT, DRAFT], work_unit_id=town.work_unit_id)) == 3
        assert [each.member_id for each in await town.list(member_id=ids[1])] == [ids[1]]
        assert len(await town.list(node_id=town.community_id)) == 3
        assert await town.list(period_id="2025-Q2") == []
        seen, token = [], ""
        for _ in range(3):
            page = await town.ask(pb.ListStatementsRequest(page_size=1, page_token=token))
            seen += [each.statement_id for each in page.statements]
            token = page.next_page_token
        assert (seen, token) == ([each.statement_id for each in drafts], "")

    async def test_by_something_unknown_is_refused(self, town: Town) -> None:
        unknown: list[tuple[dict[str, str], type[Fault]]] = [
            ({"work_unit_id": "x"}, faults.WorkUnitUnknown),
            ({"member_id": "x"}, faults.MemberUnknown),
            ({"node_id": "x"}, faults.NodeUnknown),
            ({"period_id": "2025-Q9"}, InvalidField),
        ]
        for filters, fault in unknown:
            with pytest.raises(fault):
                await town.list(**filters)

    async def test_of_an_unknown_statement_is_refused(self, town: Town) -> None:
        with pytest.raises(statement_faults.StatementUnknown):
            await town.get("strange")
