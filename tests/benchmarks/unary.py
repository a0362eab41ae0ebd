"""P1: single calls of `ConfirmHours`, beside those without a database and with a transaction per call."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import Figure, at_least, at_most, ratios
from tests.benchmarks.programs import Answer, Program, program
from tests.benchmarks.rounds import interleaved
from tests.benchmarks.stays import put_stays

ROW: Final = "P1"
CROWD: Final = 256
STAYS: Final = 120_000
STAYS_MIN: Final = 20_000
LONE: Final = "lone"
SHOWN: Final = {
    "echo": "bare gRPC echo",
    "null": "the same calls behind a door without a database",
    "door": "ConfirmHours",
    LONE: "a transaction per call",
}


@dataclass(slots=True, kw_only=True)
class Doors:
    """The doors and a client, with the number of the next stay that nobody confirmed."""

    doors: Program
    caller: Program
    ports: Mapping[str, int]
    next_stay: int = field(default=0)

    async def unary(self, name: str, *, callers: int, seconds: float) -> Answer:
        answer = await self.caller.ask(
            ask="unary",
            port=self.ports[name],
            callers=callers,
            seconds=seconds,
            first=self.next_stay,
            echo=name == "echo",
        )
        self.next_stay += answer["calls"] + callers
        return answer


@asynccontextmanager
async def behind_doors(bench: Bench, url: str, *, stays: int) -> AsyncGenerator[Doors]:
    """Run doors and client over a database with numbered stays until the end of the block."""
    async with (
        program("doors", url, folder=bench.folder) as doors,
        program("caller", folder=bench.folder) as caller,
    ):
        ports = await doors.hear()
        bench.pace.say("stays are put into the database")
        await put_stays(url, stays=stays)
        yield Doors(doors=doors, caller=caller, ports=ports)


async def measure(bench: Bench) -> list[Figure]:
    with bench.fresh_database() as url:
        async with behind_doors(bench, url, stays=max(bench.pace.of(STAYS), STAYS_MIN)) as doors:
            crowd = await _measured(bench, doors, names=SHOWN, callers=CROWD)
            lone = await _measured(bench, doors, names=("door", "eager"), callers=1)
    rates = {name: [each["calls_per_second"] for each in crowd[name]] for name in SHOWN}
    waits = {name: [each["p50_ms"] for each in lone[name]] for name in lone}
    return [
        *(
            Figure(row=ROW, what=f"{what}, {CROWD} callers", values=tuple(rates[name]), unit="calls/s")
            for name, what in SHOWN.items()
        ),
        Figure(
            row=ROW,
            what="ConfirmHours / no database",
            values=ratios(rates["door"], rates["null"]),
            bar=at_least(0.80),
        ),
        Figure(
            row=ROW,
            what="ConfirmHours / a transaction per call",
            values=ratios(rates["door"], rates[LONE]),
            bar=at_least(3),
        ),
        Figure(row=ROW, what="ConfirmHours, one caller, p50", values=tuple(waits["door"]), unit="ms"),
        Figure(
            row=ROW,
            what="one caller, p50 / that of a door that waits for nobody",
            values=ratios(waits["door"], waits["eager"]),
            bar=at_most(1.1),
        ),
    ]


async def _measured(
    bench: Bench, doors: Doors, *, names: Mapping[str, str] | tuple[str, ...], callers: int
) -> dict[str, list[Answer]]:
    measures: dict[str, Callable[[], Awaitable[Answer]]] = {
        name: partial(doors.unary, name, callers=callers, seconds=bench.pace.seconds) for name in names
    }
    return await interleaved(bench.pace, measures)
