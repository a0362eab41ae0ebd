from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from linli.members.v1 import feedback_pb2 as pb
from sqlalchemy import select, update
from structlog.testing import capture_logs

from services.chassis.tables import jobs
from services.members.domain import statement_faults
from services.members.storage.tables import reasons
from services.members.usecases.end_enrolments import EndEnrolment
from tests.integration.members.feedback import Town, enrolments_of, moment, open_town
from tests.integration.members.register import DESK, Register, end_enrolments, hours, open_register

DRAFT = pb.STATEMENT_STATE_DRAFT
COMPUTING = pb.STATEMENT_STATE_COMPUTING


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def town(register: Register, tmp_path: Path) -> AsyncGenerator[Town]:
    async with open_town(register, tmp_path) as town:
        yield town


class TestACorrection:
    async def test_is_a_new_version_with_new_figures_and_leaves_the_old_one_as_it_is(
        self, town: Town
    ) -> None:
        (ann,) = await town.enrolled("ann")
        await town.events.state(hours("h1", ann, at=moment(3, 5), minutes=60))
        (draft,) = await town.generated()
        await town.comment(draft, "Did well.")
        await town.send([draft])
        old = (await town.get(draft.statement_id)).statement
        await town.events.state(hours("h2", ann, at=moment(3, 6), minutes=30))
        await town.learn()
        new_id = (await town.correct(old)).written.id
        begun = (await town.get(new_id)).statement
        assert (begun.state, begun.version, begun.supersedes_id) == (COMPUTING, 2, old.statement_id)
        with pytest.raises(statement_faults.StatementNotReady):
            await town.comment(begun, "Not yet.")
        await town.work()
        new, versions = (answer := await town.get(new_id)).statement, answer.versions
        assert (new.state, new.service_minutes, new.activities) == (DRAFT, 90, 2)
        assert new.merit_milli > old.merit_milli
        assert new.comment == "Did well."
        assert [each.version for each in versions] == [1, 2]
        assert versions[0].superseded_by_id == new_id
        unchanged = pb.Statement()
        unchanged.CopyFrom(versions[0])
        unchanged.ClearField("superseded_by_id")
        assert unchanged == old
        assert [each.statement_id for each in await town.list()] == [new_id]
        assert len(await town.list(every_version=True)) == 2

    async def test_leaves_nothing_to_do_with_the_version_before(self, town: Town) -> None:
        await town.enrolled("ann")
        (draft,) = await town.generated()
        await town.send([draft])
        await town.correct(draft)
        for act in (town.acknowledge, town.reply):
            with pytest.raises(statement_faults.StatementSuperseded):
                await act(draft)
        with pytest.raises(statement_faults.StatementSuperseded):
            await town.ask(
                pb.CorrectStatementRequest(request_id="k2", statement_id=draft.statement_id, reason="Again.")
            )

    async def test_whose_job_was_given_up_is_computed_when_it_is_asked_for_again(self, town: Town) -> None:
        await town.enrolled("ann")
        (draft,) = await town.generated()
        new = (await town.get((await town.correct(draft)).written.id)).statement
        with pytest.raises(statement_faults.StatementNotReady):
            await town.correct(new)
        async with town.database.write() as connection:
            await connection.execute(update(jobs).values(state="FAILED", open=False))
        assert (await town.correct(new)).written.id == new.statement_id
        await town.work()
        versions = (await town.get(draft.statement_id)).versions
        assert [(each.version, each.state) for each in versions] == [(1, DRAFT), (2, DRAFT)]

    async def test_keeps_its_reason_and_who_gave_it_and_tells_no_log(self, town: Town) -> None:
        await town.enrolled("ann")
        (draft,) = await town.generated()
        with capture_logs() as logs:
            new_id = (await town.correct(draft, reason="A secret reason.", comment="A secret.")).written.id
            await town.work()
        async with town.database.read() as connection:
            kept = (await connection.execute(select(reasons).where(reasons.c.record_id == new_id))).one()
        assert (kept.reason, kept.stated_by) == ("A secret reason.", DESK)
        assert (await town.get(new_id)).statement.comment == "A secret."
        assert "secret" not in str(logs)

    async def test_goes_from_the_community_that_is_known_by_now(self, town: Town) -> None:
        (ann,) = await town.enrolled("ann")
        (draft,) = await town.generated()
        await town.send([draft])
        (enrolment_id,) = await enrolments_of(town, ann)
        await town.register.written(
            end_enrolments,
            EndEnrolment(
                enrolment_id=enrolment_id, occurred_at=moment(3, 20), reason="moved", stated_by=DESK
            ),
        )
        await town.learn()
        new_id = (await town.correct(draft)).written.id
        await town.work()
        new = (await town.get(new_id)).statement
        assert new.state == DRAFT
        assert new.community_id == town.community_id  # nobody else has taken them in
