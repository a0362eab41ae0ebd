"""P2: confirmations in batches and streams, beside the same rows by hand-made SQL and a bare COPY."""

from collections.abc import Awaitable, Callable
from typing import Final

from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import Figure, at_least, ratios
from tests.benchmarks.programs import Answer, program
from tests.benchmarks.rounds import interleaved
from tests.benchmarks.unary import CROWD, Doors, behind_doors

ROW: Final = "P2"
SIZES: Final = (500, 1_000)
STAYS_FOR_SINGLE_CALLS: Final = 20_000
ITEMS: Final = 4_000
"""Of one measurement."""
ROWS_A_MESSAGE: Final = 50
"""Of a stream."""
UNARY: Final = "unary"
STREAM: Final = "stream"
BY_RPC: Final = frozenset({"batches", STREAM})
"""The others are done by hand."""

Measure = Callable[[], Awaitable[float]]


async def measure(bench: Bench) -> list[Figure]:
    items = bench.pace.of(ITEMS)
    stays = (bench.pace.rounds + 1) * (len(SIZES) * 3 + 1) * (items + max(SIZES)) + STAYS_FOR_SINGLE_CALLS
    with bench.fresh_database() as url:
        async with (
            behind_doors(bench, url, stays=stays) as doors,
            program("handmade", url, folder=bench.folder) as hand,
        ):
            await hand.hear()

            def batches(kind: str, size: int) -> Measure:
                async def send() -> float:
                    asked = {"size": size, "batches": -(-items // size), "first": doors.next_stay}
                    doors.next_stay += asked["size"] * asked["batches"]
                    answer: Answer
                    if kind in BY_RPC:
                        answer = await doors.caller.ask(ask=kind, port=doors.ports["door"], **asked)
                    else:
                        answer = await hand.ask(ask=kind, **asked)
                    return float(answer["items_per_second"])

                return send

            kinds = ("batches", "sql", "copy")
            measures = {f"{kind} {size}": batches(kind, size) for size in SIZES for kind in kinds}
            measures[STREAM] = batches(STREAM, ROWS_A_MESSAGE)
            measures[UNARY] = _unary(bench, doors)
            rates = await interleaved(bench.pace, measures)
    return [
        *(figure for size in SIZES for figure in _of_size(rates, size)),
        Figure(
            row=ROW,
            what=f"ImportConfirmations, {ROWS_A_MESSAGE} rows a message",
            values=tuple(rates[STREAM]),
            unit="items/s",
        ),
        Figure(
            row=ROW,
            what=f"stream / single calls of {CROWD} callers",
            values=ratios(rates[STREAM], rates[UNARY]),
            bar=at_least(10),
        ),
    ]


def _of_size(rates: dict[str, list[float]], size: int) -> list[Figure]:
    rpc, sql, copy = (rates[f"{kind} {size}"] for kind in ("batches", "sql", "copy"))
    return [
        Figure(row=ROW, what=f"BatchConfirmHours, {size} a batch", values=tuple(rpc), unit="items/s"),
        Figure(
            row=ROW, what=f"the same rows by hand-made SQL, {size} each", values=tuple(sql), unit="items/s"
        ),
        Figure(row=ROW, what=f"their facts by COPY, {size} each", values=tuple(copy), unit="rows/s"),
        Figure(
            row=ROW, what=f"batches of {size} / hand-made SQL", values=ratios(rpc, sql), bar=at_least(0.75)
        ),
    ]


def _unary(bench: Bench, doors: Doors) -> Measure:
    async def call() -> float:
        answer = await doors.unary("door", callers=CROWD, seconds=bench.pace.seconds)
        return float(answer["calls_per_second"])

    return call
