"""U11: a year of feedback statements of a district, a quarter at a time, on either database."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from linli.events.v1.facts_pb2 import HoursFact
from linli.feed.v1.fact_pb2 import Fact

from services.chassis.facts.log import read_head
from services.chassis.facts.waiting import applied_positions
from services.chassis.logs import configure_logs
from services.chassis.settings import LogLevel
from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import Figure
from tests.integration.members.feedback import Town, moment, open_town
from tests.integration.members.register import hours, open_register

ROW: Final = "U11"
MEMBERS: Final = 3_747
QUARTERS: Final = {
    "2025-Q1": moment(3, 10),
    "2025-Q2": moment(5, 10),
    "2025-Q3": moment(8, 10),
    "2025-Q4": moment(11, 10),
}
BATCH: Final = 1_000
LOOK_SECONDS: Final = 0.2
LOOKS_MAX: Final = 1_500


async def measure(bench: Bench) -> list[Figure]:
    configure_logs(level=LogLevel.WARNING)
    size = bench.pace.of(MEMBERS)
    figures = []
    for dialect in ("SQLite", "PostgreSQL"):
        bench.pace.say(f"{dialect}: {size:,} members are enrolled and serve")
        async with _town(bench, dialect) as town:
            await _fill(town, size)
            seconds = []
            for period_id in QUARTERS:
                bench.pace.say(f"{dialect}: {period_id}")
                seconds.append(await _generate(town, period_id, size))
            assert len({each.record_id for each in await _stated(town)}) == size * len(QUARTERS)
        what = f"a quarter of {size:,} statements generated, {dialect}"
        figures.append(Figure(row=ROW, what=what, values=tuple(seconds), unit="s"))
    return figures


@asynccontextmanager
async def _town(bench: Bench, dialect: str) -> AsyncGenerator[Town]:
    folder = bench.fresh_folder(f"feedback-{dialect}")
    if dialect == "SQLite":
        async with (
            open_register(f"sqlite:///{folder / 'members.db'}") as register,
            open_town(register, folder) as town,
        ):
            yield town
        return
    with bench.fresh_database() as url:
        async with open_register(url) as register, open_town(register, folder, points_url=url) as town:
            yield town


async def _fill(town: Town, size: int) -> None:
    """Let members be enrolled and serve an hour in each quarter, and `points` compute all of it."""
    codes = [f"m{number:05}" for number in range(size)]
    member_ids = []
    for first in range(0, size, BATCH):
        member_ids += await town.enrolled(*codes[first : first + BATCH])
    for period_id, day in QUARTERS.items():
        await town.events.state(*_hours(member_ids, period_id, day))
    await town.learn()
    async with town.database.read() as connection:
        head = (await read_head(connection)).position
    wanted = {"members": head, "events": size * len(QUARTERS)}
    for _ in range(LOOKS_MAX):
        async with town.ledger.database.read() as connection:
            if await applied_positions(connection) == wanted:
                return
        await asyncio.sleep(LOOK_SECONDS)
    raise AssertionError("`points` does not catch up.")


def _hours(member_ids: list[str], period_id: str, day: datetime) -> list[HoursFact]:
    served = [hours(f"{period_id}-{each}", each, at=day) for each in member_ids]
    for each in served:
        each.activity_id = period_id  # of one activity two hours count, whenever they were
    return served


async def _generate(town: Town, period_id: str, size: int) -> float:
    began = time.perf_counter()
    await town.begin(request_id=period_id, period_id=period_id)
    worker = town.runner()
    while await worker.run_step():
        pass
    elapsed = time.perf_counter() - began
    first = await town.list(period_id=period_id)
    assert len(first) == min(size, BATCH)
    assert {(each.service_minutes, each.merit_milli) for each in first} == {(60, 1_000)}
    return elapsed


async def _stated(town: Town) -> list[Fact]:
    facts = await town.register.facts()
    return [each for each in facts if each.subjects[0].kind == "feedback_statement"]
