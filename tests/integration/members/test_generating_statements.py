"""The job that generates statements, when something goes wrong beside it."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from linli.members.v1 import feedback_pb2 as pb
from sqlalchemy import insert, select
from structlog.testing import capture_logs

from services.chassis.jobs.runner import Gathering, Job, Progress
from services.chassis.neighbours import nowhere
from services.chassis.rpc.client import open_channel
from services.chassis.tables import jobs
from services.chassis.work import Work
from services.members.domain.faults import NotYourSide
from services.members.domain.place import ScopeKind
from services.members.domain.role import RoleKind
from services.members.jobs import generate_statements
from services.members.storage.organisation_tables import roles
from services.members.usecases.generate_statements import JOB
from tests.integration.members.feedback import Town, moment, open_town
from tests.integration.members.register import MARCH, Register, hours, open_register
from tests.integration.members.serving import CALLER

CODES = [f"m{number:02}" for number in range(25)]


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def town(register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Town]:
    monkeypatch.setattr(generate_statements, "MEMBERS_PER_STEP", 10)
    async with open_town(register, tmp_path) as town:
        yield town


async def results(town: Town) -> list[tuple[str, str]]:
    async with town.database.read() as connection:
        rows = await connection.execute(select(jobs.c.state, jobs.c.result).order_by(jobs.c.job_id))
        return [(row.state, row.result) for row in rows]


class TestGenerating:
    async def test_goes_on_elsewhere_after_a_crash_with_none_missing_and_none_twice(self, town: Town) -> None:
        ids = await town.enrolled(*CODES)
        await town.begin()
        await town.runner().run_step()
        crashing = town.runner()
        whole = crashing.steps[JOB]
        assert isinstance(whole, Gathering)

        async def crash(work: Work, job: Job, gathered: object) -> Progress:
            await whole.step(work, job, gathered)
            raise asyncio.CancelledError  # as when the process ends before the commit

        crashing.steps = {JOB: Gathering(gather=whole.gather, step=crash)}
        with pytest.raises(asyncio.CancelledError):
            await crashing.run_step()
        assert len(await town.list()) == 10
        await town.work()
        assert Counter(each.member_id for each in await town.list()) == Counter(ids)
        ((state, result),) = await results(town)
        assert state == "DONE"
        assert '"generated": 25, "existing": 0' in result

    async def test_by_two_jobs_and_four_runners_at_once_makes_one_for_each(self, town: Town) -> None:
        ids = await town.enrolled(*CODES)
        await town.begin(request_id="g1")
        await town.begin(request_id="g2")
        runners = [town.runner() for _ in range(4)]
        for _ in range(6):
            await town.make_due()
            await asyncio.gather(*(runner.run_step() for runner in runners))
        await town.work()
        assert Counter(each.member_id for each in await town.list()) == Counter(ids)
        assert [state for state, _ in await results(town)] == ["DONE", "DONE"]
        assert (
            Counter(fact.revision for fact in await town.register.facts() if _is_of_statement(fact))[1] == 25
        )

    async def test_again_adds_only_who_came_since(self, town: Town) -> None:
        await town.enrolled("ann")
        (before,) = await town.generated()
        await town.enrolled("bo")
        after = await town.generated(request_id="again")
        assert len(after) == 2
        assert after[0] == before
        assert '"generated": 1, "existing": 1' in (await results(town))[1][1]

    async def test_waits_while_points_is_away_and_says_so_once(self, town: Town) -> None:
        await town.enrolled("ann")
        await town.begin()
        async with open_channel("127.0.0.1:1", caller=CALLER) as nobody:
            away, unknown = town.runner(lambda _service: nobody), town.runner(nowhere)
            with capture_logs() as logs:
                for worker in (away, away, away, unknown):
                    await town.make_due()
                    assert await worker.run_step()
        assert await results(town) == [("QUEUED", "")]
        said = [each for each in logs if each["log_level"] == "warning"]
        assert [each["event"] for each in said] == ["jobs.step.waits"] * 2  # once by each worker
        assert await town.list() == []
        await town.work()
        assert len(await town.list()) == 1

    async def test_waits_until_points_has_come_as_far_as_the_register(self, town: Town) -> None:
        (ann,) = await town.enrolled("ann")
        await town.events.state(hours("h", ann, at=moment(3, 5), minutes=60))
        (told,) = await town.generated()
        assert told.merit_milli == 1_000
        assert told.points_positions["events"] >= told.service_positions["events"] == 1


def _is_of_statement(fact: object) -> bool:
    return "feedback_statement" in str(fact)


class TestASide:
    """A person writes by a role; these are of one community and one work unit."""

    @staticmethod
    async def holder(town: Town, code: str, kind: RoleKind, scope: ScopeKind, scope_id: str) -> str:
        (member_id,) = await town.register.members(code)
        row = {
            "role_id": f"role-{code}",
            "kind": kind,
            "member_id": member_id,
            "scope_kind": scope,
            "scope_id": scope_id,
            "valid_from": MARCH,
            "revision": 1,
        }
        async with town.database.write() as connection:
            await connection.execute(insert(roles), [row])
        return f"member:{member_id}"

    async def test_writes_its_own_part_of_a_statement_and_no_other(self, town: Town) -> None:
        await town.enrolled("ann")
        secretary = await self.holder(
            town, "sec", RoleKind.COMMUNITY_SECRETARY, ScopeKind.GRID_NODE, town.community_id
        )
        liaison = await self.holder(town, "lia", RoleKind.LIAISON, ScopeKind.WORK_UNIT, town.work_unit_id)
        await town.learn()

        def generating(request_id: str) -> pb.GenerateStatementsRequest:
            return pb.GenerateStatementsRequest(
                request_id=request_id, period_id="2025-Q1", node_id=town.community_id
            )

        with pytest.raises(NotYourSide):
            await town.ask(generating("g1"), by=liaison)
        with pytest.raises(NotYourSide):  # the whole district is not theirs
            await town.ask(pb.GenerateStatementsRequest(request_id="g2", period_id="2025-Q1"), by=secretary)
        await town.ask(generating("g3"), by=secretary)
        await town.work()
        (draft,) = await town.list()
        with pytest.raises(NotYourSide):
            await town.comment(draft, "Mine.", by=liaison)
        await town.comment(draft, "Ours.", by=secretary)
        assert (await town.send([draft], by=liaison)).results[0].HasField("refused")
        assert (await town.send([draft], by=secretary)).results[0].HasField("written")
        with pytest.raises(NotYourSide):
            await town.acknowledge(draft, by=secretary)
        await town.acknowledge(draft, by=liaison)
        with pytest.raises(NotYourSide):
            await town.reply(draft, by=secretary)
        await town.reply(draft, by=liaison)
        with pytest.raises(NotYourSide):
            await town.correct(draft, by=liaison)
        await town.correct(draft, by=secretary)
