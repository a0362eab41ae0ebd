"""P3: facts received, assessed, posted and on twelve boards, by one worker; and the pure function alone."""

from functools import partial
from typing import Final

from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import Figure, at_least
from tests.benchmarks.programs import program
from tests.benchmarks.rounds import interleaved

ROW: Final = "P3"
FACTS_A_MEMBER: Final = 200
MEMBERS: Final = 10
"""Of one measurement."""
ASSESSED: Final = 100


async def measure(bench: Bench) -> list[Figure]:
    members = bench.pace.of(MEMBERS)
    with bench.fresh_database() as url:
        async with program("worker", url, folder=bench.folder) as worker:
            await worker.hear()
            found = await interleaved(
                bench.pace,
                {
                    "assess": partial(worker.ask, ask="assess", members=ASSESSED, facts=FACTS_A_MEMBER),
                    "backlog": partial(worker.ask, ask="backlog", members=members, facts=FACTS_A_MEMBER),
                    "trickle": partial(worker.ask, ask="trickle", members=members),
                },
            )
    rates = {name: tuple(each["facts_per_second"] for each in answers) for name, answers in found.items()}
    busy = tuple(each["cpu_us_per_fact"] for each in found["backlog"])
    return [
        Figure(
            row=ROW,
            what=f"received to boards, {FACTS_A_MEMBER} new facts a member",
            values=rates["backlog"],
            unit="facts/s",
            bar=at_least(5_000),
        ),
        Figure(row=ROW, what="of which the worker computes", values=busy, unit="µs/fact"),
        Figure(
            row=ROW,
            what=f"received to boards, 1 new fact a member who has {FACTS_A_MEMBER}",
            values=rates["trickle"],
            unit="facts/s",
        ),
        Figure(
            row=ROW,
            what=f"the pure function alone, {FACTS_A_MEMBER} facts a member",
            values=rates["assess"],
            unit="facts/s",
            bar=at_least(400_000),
        ),
    ]
