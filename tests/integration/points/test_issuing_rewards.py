import asyncio
from collections import Counter
from collections.abc import AsyncGenerator

import pytest
from linli.feed.v1.fact_pb2 import Cursor
from linli.points.v1.facts_pb2 import RewardFact
from sqlalchemy import select

from services.chassis.facts.log import read_after
from services.chassis.faults import Fault
from services.chassis.jobs.runner import Job, Progress, Step
from services.chassis.sql.database import Database
from services.chassis.tables import jobs
from services.chassis.work import Work
from services.points.domain.reward import Band, LineState
from services.points.domain.run import RunState
from services.points.jobs.execute_reward_run import execute_reward_run
from services.points.storage.reward_runs import KeptRun, read_run
from services.points.usecases.approve_run import ApproveRun, approve_run
from services.points.usecases.execute_run import JOB, ExecuteRun, execute_run
from services.points.usecases.issue_rewards import LINES_PER_STEP_MAX, issue_rewards
from services.points.usecases.plan_run import PlanRun, plan_run
from tests.integration.databases import working
from tests.integration.points.house import SHANGHAI, define, open_points, runner, score

LINES = 2 * LINES_PER_STEP_MAX + 50
STEPS = {JOB: execute_reward_run}


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    async with open_points(database_url) as opened:
        yield opened


async def begin(database: Database, *, lines: int = LINES) -> str:
    """Plan, approve and begin a run; returns its id."""
    board_id = await define(database)
    await score(database, {f"m{number:04}": 1_000_000 - number for number in range(lines)})
    command = PlanRun(
        board_id=board_id,
        scope_id="",
        period_id="2025",
        bands=(Band(first_place=1, last_place=lines, amount_fen=100),),
        budget_fen=0,
        at_least={},
        planned_by="member:first",
    )
    async with working(database) as work:
        (planned,) = await plan_run(work, [command], zone=SHANGHAI)
        assert not isinstance(planned, Fault)
        run_id = planned.id
        plan_digest = (await read_run(work.connection, run_id)).run.digest
        approval = ApproveRun(run_id=run_id, digest=plan_digest, approved_by="member:second")
        (approved,) = await approve_run(work, [approval])
        (started,) = await execute_run(work, [ExecuteRun(run_id=run_id)])
    assert not isinstance(approved, Fault)
    assert not isinstance(started, Fault)
    return run_id


async def kept(database: Database, run_id: str) -> KeptRun:
    async with database.read() as connection:
        return await read_run(connection, run_id)


async def stated(database: Database) -> list[RewardFact]:
    async with database.read() as connection:
        page = await read_after(connection, Cursor(), facts_max=10 * LINES)
    return [RewardFact.FromString(fact.body.value) for fact in page.facts]


async def run_to_the_end(database: Database, step: Step = execute_reward_run) -> int:
    """Run steps until nothing is due; returns how many there were."""
    steps = 0
    while await runner(database, {JOB: step}).run_step():
        steps += 1
    return steps


async def each_line_is_issued_once(database: Database, run_id: str, *, lines: int = LINES) -> None:
    run = await kept(database, run_id)
    facts = await stated(database)
    assert run.run.state is RunState.EXECUTED
    assert Counter(line.state for line in run.lines) == {LineState.ISSUED: lines}
    assert sorted(fact.reward_id for fact in facts) == sorted(line.reward_id for line in run.lines)
    assert sorted(fact.member_id for fact in facts) == sorted(line.line.member_id for line in run.lines)
    assert {(fact.run_id, fact.amount_fen) for fact in facts} == {(run_id, 100)}


class TestIssuing:
    async def test_goes_on_in_chunks_and_closes_the_run_with_the_last(self, database: Database) -> None:
        run_id = await begin(database)
        states = []
        while await runner(database, STEPS).run_step():
            run = await kept(database, run_id)
            issued = sum(line.state is LineState.ISSUED for line in run.lines)
            states.append((issued, run.run.state))
        assert states == [
            (100, RunState.EXECUTING),
            (200, RunState.EXECUTING),
            (250, RunState.EXECUTED),
        ]
        await each_line_is_issued_once(database, run_id)
        async with database.read() as connection:
            job = (await connection.execute(select(jobs))).one()
        assert (job.state, job.done, job.total) == ("DONE", LINES, LINES)

    async def test_killed_between_and_inside_chunks_goes_on_where_it_was(self, database: Database) -> None:
        run_id = await begin(database)
        deaths = 0

        async def dies_after_its_work(work: Work, job: Job) -> Progress:
            nonlocal deaths
            await execute_reward_run(work, job)
            deaths += 1
            raise asyncio.CancelledError  # as when the process is stopped: the transaction is rolled back

        for _ in range(2):
            assert await runner(database, STEPS).run_step()
            with pytest.raises(asyncio.CancelledError):
                await runner(database, {JOB: dies_after_its_work}).run_step()
        assert Counter(line.state for line in (await kept(database, run_id)).lines) == {
            LineState.ISSUED: 200,
            LineState.PLANNED: 50,
        }
        assert len(await stated(database)) == 200
        assert await run_to_the_end(database) == 1
        assert deaths == 2
        await each_line_is_issued_once(database, run_id)

    async def test_by_two_runners_at_once_issues_each_line_once(self, database: Database) -> None:
        run_id = await begin(database)

        async def run() -> None:
            while (await kept(database, run_id)).run.state is not RunState.EXECUTED:
                await runner(database, STEPS).run_step()

        await asyncio.gather(run(), run())
        await each_line_is_issued_once(database, run_id)

    async def test_by_many_that_hold_no_job_issues_each_line_once(self, database: Database) -> None:
        """The lock on the run decides, whatever the lease of a job says."""
        run_id = await begin(database)

        async def issue() -> None:
            for _ in range(3):
                async with working(database) as work:
                    await issue_rewards(work, run_id=run_id)

        await asyncio.gather(*(issue() for _ in range(4)))
        await each_line_is_issued_once(database, run_id)

    async def test_of_an_executed_run_changes_nothing(self, database: Database) -> None:
        run_id = await begin(database, lines=3)
        await run_to_the_end(database)
        before = await kept(database, run_id)
        async with working(database) as work:
            tally = await issue_rewards(work, run_id=run_id)
        assert tally.is_complete
        assert await kept(database, run_id) == before
        await each_line_is_issued_once(database, run_id, lines=3)
