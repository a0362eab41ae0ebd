"""P4: from the call that states a fact to the point on the board, with processes as for real."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from statistics import quantiles
from typing import Final

import grpc

from tests.benchmarks.bench import Bench
from tests.benchmarks.district import District, Writer
from tests.benchmarks.figures import Figure, at_most
from tests.benchmarks.programs import Answer, Program, program
from tests.journeys.processes import SERVICES, processes

ROW: Final = "P4"
MEMBERS: Final = 250
RATE: Final = 500
EVERY: Final = 20
CALM_RATE: Final = 50
"""Nothing queues: what the way itself takes."""
POLL_MS: Final = 2_000
ROUNDS_WITHOUT_REDIS: Final = 2


async def measure(bench: Bench) -> list[Figure]:
    folder = bench.fresh_folder("delay")
    stays_a_round = max(bench.pace.of(round(RATE * 2 * bench.pace.seconds)), 2 * EVERY)
    rounds = 2 + bench.pace.rounds + ROUNDS_WITHOUT_REDIS
    with bench.fresh_database() as url, bench.valkey() as valkey:
        bench.pace.say("processes start")
        with processes(folder, database_url=url, redis_url=valkey.url, workers=1) as started:
            targets = {name: started.settings[f"LINLI_{name.upper()}_TARGET"] for name in SERVICES}
            async with AsyncExitStack() as stack:
                channels = {
                    service: await stack.enter_async_context(grpc.aio.insecure_channel(target))
                    for service, target in targets.items()
                }
                bench.pace.say("a district is written")
                district = await Writer(channels=channels).district(
                    members=MEMBERS, stays_each=-(-rounds * stays_a_round // MEMBERS)
                )
                client = await stack.enter_async_context(program("stating", folder=bench.folder))
                parts = [
                    district.stays[start : start + stays_a_round]
                    for start in range(0, rounds * stays_a_round, stays_a_round)
                ]
                bench.pace.say("warming up")
                await _state(client, district, targets, parts.pop())
                bench.pace.say(f"at {CALM_RATE} facts/s")
                calm = await _state(
                    client, district, targets, parts.pop()[: stays_a_round // 4], rate=CALM_RATE, every=2
                )
                with_redis = []
                for number in range(bench.pace.rounds):
                    bench.pace.say(f"round {number + 1} of {bench.pace.rounds}")
                    with_redis.append(await _state(client, district, targets, parts.pop()))
                valkey.stop()
                bench.pace.say("without Redis")
                without = [await _state(client, district, targets, part) for part in parts]
    return [
        _figure("call to point, p50", [calm], percent=50, rate=CALM_RATE),
        _figure("call to point, p50", with_redis, percent=50, most=50),
        _figure("call to point, p99", with_redis, percent=99, most=500),
        _figure("of which the call itself, p50", with_redis, percent=50, of="stated_seconds"),
        _figure("without Redis: call to point, p50", without, percent=50),
        _figure("without Redis: call to point, p99", without, percent=99, most=POLL_MS),
    ]


async def _state(
    client: Program,
    district: District,
    targets: dict[str, str],
    stays: Sequence[tuple[str, str]],
    *,
    rate: int = RATE,
    every: int = EVERY,
) -> Answer:
    return await client.ask(
        events=targets["events"],
        points=targets["points"],
        board_id=district.board_id,
        stays=stays,
        rate=rate,
        every=every,
    )


def _figure(
    what: str,
    answers: Sequence[Answer],
    *,
    percent: int,
    most: float | None = None,
    rate: int = RATE,
    of: str = "shown_seconds",
) -> Figure:
    cuts = [quantiles(answer[of], n=100, method="inclusive") for answer in answers]
    values = tuple(cut[percent - 1] * 1000 for cut in cuts)
    return Figure(
        row=ROW,
        what=f"{what}, {rate} facts/s",
        values=values,
        unit="ms",
        bar=None if most is None else at_most(most),
    )
