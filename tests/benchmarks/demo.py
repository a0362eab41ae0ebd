"""P10: the demo, a district's year at true scale on the embedded default; once, for it takes a minute."""

import asyncio
import time
from typing import Final

from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import Figure, at_most
from tests.journeys.linli import as_json, linli

ROW: Final = "P10"
SECONDS_MAX: Final = 600.0
SMALL: Final = "0.01"


async def measure(bench: Bench) -> list[Figure]:
    is_whole = bench.pace.share == 1.0
    bench.pace.say("a year is driven")
    scale = "1" if is_whole else SMALL
    began = time.perf_counter()
    done = await asyncio.to_thread(linli, "demo", "--json", "--scale", scale, seconds_max=SECONDS_MAX)
    elapsed = time.perf_counter() - began
    assert as_json(done)["verified"], "it does not agree"
    what = f"the demo at scale {scale}, verified"
    return [Figure(row=ROW, what=what, values=(elapsed,), unit="s", bar=at_most(60) if is_whole else None)]
