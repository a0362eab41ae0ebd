import asyncio
from collections.abc import AsyncGenerator

import pytest
from google.protobuf.wrappers_pb2 import StringValue
from sqlalchemy import select, update
from structlog.testing import capture_logs

from services.chassis.bells import Bell
from services.chassis.faults import Fault, ServiceUnreachable
from services.chassis.jobs.runner import ATTEMPTS_MAX, Gathering, Job, JobRunner, Progress, Step
from services.chassis.sql.database import Database
from services.chassis.tables import facts, jobs
from services.chassis.work import Work
from tests.integration.chassis.notes import open_database
from tests.integration.databases import count

STEPS = 5


class OutOfPaper(Fault):
    """There is no paper left."""


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    async with open_database(database_url) as database:
        yield database


def runner(database: Database, step: Step | Gathering) -> JobRunner:
    return JobRunner(service="notes", database=database, steps={"print": step}, asked=Bell(), stated=Bell())


async def ask(database: Database) -> str:
    async with database.write() as connection:
        work = Work(
            connection=connection, now=await database.now(connection), log="notes", dialect=database.dialect
        )
        return await work.start_job(kind="print", parameters={"pages": STEPS})


async def print_page(work: Work, job: Job) -> Progress:
    """State one fact a step."""
    page = (job.cursor or 0) + 1
    work.state(
        record_id=f"{job.id[:16]}-{page}",
        revision=1,
        effective_at=work.now,
        subjects=[],
        body=StringValue(value="page"),
    )
    result = {"pages": page} if page == job.parameters["pages"] else None
    return Progress(done=page, total=STEPS, cursor=page, result=result)


async def states(database: Database) -> list[tuple[str, int]]:
    async with database.read() as connection:
        rows = await connection.execute(select(jobs.c.state, jobs.c.done).order_by(jobs.c.job_id))
        return [(row.state, row.done) for row in rows]


class TestAJob:
    async def test_goes_on_step_by_step_to_its_result(self, database: Database) -> None:
        await ask(database)
        worker = runner(database, print_page)
        for done in range(1, STEPS):
            assert await worker.run_step()
            assert await states(database) == [("RUNNING", done)]
        await worker.run_step()
        assert await states(database) == [("DONE", STEPS)]
        assert not await worker.run_step()

    async def test_resumes_elsewhere_after_a_crash_and_does_no_step_twice(self, database: Database) -> None:
        await ask(database)
        await runner(database, print_page).run_step()

        async def crash(work: Work, job: Job) -> Progress:
            await print_page(work, job)
            raise asyncio.CancelledError  # as when the process ends in the middle of a step

        with pytest.raises(asyncio.CancelledError):
            await runner(database, crash).run_step()
        elsewhere = runner(database, print_page)
        while await elsewhere.run_step():
            pass
        assert await states(database) == [("DONE", STEPS)]
        assert await count(database, facts) == STEPS

    async def test_has_one_runner_at_a_time(self, database: Database) -> None:
        await ask(database)
        await ask(database)
        crowd = [runner(database, print_page) for _ in range(4)]
        for _ in range(40):
            await asyncio.gather(*(one.run_step() for one in crowd))
        assert await states(database) == [("DONE", STEPS)] * 2
        assert await count(database, facts) == 2 * STEPS

    async def test_that_fails_is_tried_again_and_then_given_up_with_its_reason(
        self, database: Database
    ) -> None:
        await ask(database)

        async def fail(_work: Work, _job: Job) -> Progress:
            raise OutOfPaper

        for _ in range(5):
            await runner(database, fail).run_step()
            async with database.write() as connection:
                await connection.execute(update(jobs).values(retry_at=await database.now(connection)))
        assert await states(database) == [("FAILED", 0)]
        async with database.read() as connection:
            error = (await connection.execute(select(jobs.c.error))).scalar_one()
        assert error == "There is no paper left."
        assert not await runner(database, fail).run_step()


async def gather_number(job: Job) -> int:
    return (job.cursor or 0) + 1


async def print_gathered(work: Work, job: Job, gathered: int) -> Progress:
    progress = await print_page(work, job)
    assert progress.cursor == gathered
    return progress


class TestAJobThatGathers:
    async def test_gathers_for_each_step_and_goes_on_to_its_result(self, database: Database) -> None:
        await ask(database)
        worker = runner(database, Gathering(gather=gather_number, step=print_gathered))
        while await worker.run_step():
            pass
        assert await states(database) == [("DONE", STEPS)]
        assert await count(database, facts) == STEPS

    async def test_holds_nothing_while_it_gathers(self, database: Database) -> None:
        await ask(database)

        async def gather(job: Job) -> int:
            async with database.write() as connection:  # nobody else could write here
                await connection.execute(update(jobs).values(error="seen"))
            return await gather_number(job)

        async with asyncio.timeout(4):
            assert await runner(database, Gathering(gather=gather, step=print_gathered)).run_step()
        assert await states(database) == [("RUNNING", 1)]

    async def test_drops_what_was_gathered_for_a_step_that_another_runner_did(
        self, database: Database
    ) -> None:
        await ask(database)
        elsewhere = runner(database, Gathering(gather=gather_number, step=print_gathered))

        async def gather_slowly(job: Job) -> int:
            await elsewhere.run_step()
            return await gather_number(job)

        slow = runner(database, Gathering(gather=gather_slowly, step=print_gathered))
        while await slow.run_step():
            pass
        assert await states(database) == [("DONE", STEPS)]
        assert await count(database, facts) == STEPS

    async def test_waits_for_another_service_however_long_and_says_so_once(self, database: Database) -> None:
        await ask(database)
        away = True

        async def gather(job: Job) -> int:
            if away:
                raise ServiceUnreachable(service="ink")
            return await gather_number(job)

        worker = runner(database, Gathering(gather=gather, step=print_gathered))
        with capture_logs() as logs:
            for _ in range(3 * ATTEMPTS_MAX):
                assert await worker.run_step()
                assert not await worker.run_step()  # not due before a poll period is over
                async with database.write() as connection:
                    now = await database.now(connection)
                    await connection.execute(update(jobs).values(retry_at=now))
            async with database.read() as connection:
                waiting = (await connection.execute(select(jobs.c.error, jobs.c.attempts))).one()
            away = False
            while await worker.run_step():
                pass
        assert waiting == (str(ServiceUnreachable()), 0)
        assert await states(database) == [("DONE", STEPS)]
        said = [(each["event"], each["log_level"]) for each in logs]
        assert said == [("jobs.step.waits", "warning"), ("jobs.step.goes_on", "info")]

    async def test_that_cannot_gather_is_given_up_as_any_other(self, database: Database) -> None:
        await ask(database)

        async def gather(_job: Job) -> int:
            raise OutOfPaper

        worker = runner(database, Gathering(gather=gather, step=print_gathered))
        for _ in range(ATTEMPTS_MAX):
            await worker.run_step()
            async with database.write() as connection:
                await connection.execute(update(jobs).values(retry_at=await database.now(connection)))
        assert await states(database) == [("FAILED", 0)]
