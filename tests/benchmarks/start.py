"""P11: how long a start takes, and what a service weighs at rest."""

import time
from pathlib import Path
from typing import Final

from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import Figure, at_most
from tests.journeys.linli import linli, served
from tests.journeys.processes import Linli, processes

ROW: Final = "P11"
REST_SECONDS: Final = 3.0
KIB: Final = 1024


async def measure(bench: Bench) -> list[Figure]:
    helps, starts = [], []
    for number in range(bench.pace.rounds):
        bench.pace.say(f"round {number + 1} of {bench.pace.rounds}: --help and serve")
        began = time.perf_counter()
        shown = linli("--help")
        helps.append(time.perf_counter() - began)
        assert shown.returncode == 0
        began = time.perf_counter()
        with served(bench.fresh_folder(f"start-{number}")) as server:
            starts.append(time.perf_counter() - began)
            assert server.stop() == 0
    return [
        Figure(row=ROW, what="linli --help", values=tuple(helps), unit="s", bar=at_most(0.4)),
        Figure(
            row=ROW,
            what="linli serve: all services ready, a new data folder",
            values=tuple(starts),
            unit="s",
            bar=at_most(3),
        ),
        *_weights(bench),
    ]


def _weights(bench: Bench) -> list[Figure]:
    folder = bench.fresh_folder("rest")
    with bench.fresh_database() as url:
        bench.pace.say("servers and workers at rest")
        with processes(folder, database_url=url, redis_url=None, workers=1) as district:
            time.sleep(REST_SECONDS)
            servers = tuple(map(_resident_mib, district.servers.values()))
            workers = tuple(_resident_mib(each) for some in district.workers.values() for each in some)
    return [
        Figure(row=ROW, what="memory of a server at rest", values=servers, unit="MiB", bar=at_most(150)),
        Figure(row=ROW, what="memory of a worker at rest", values=workers, unit="MiB", bar=at_most(150)),
    ]


def _resident_mib(process: Linli) -> float:
    assert process.process
    status = Path(f"/proc/{process.process.pid}/status").read_text("ascii", errors="replace")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / KIB
