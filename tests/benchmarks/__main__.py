"""Measures how fast Linli is, each figure beside its ceiling: `python -m tests.benchmarks`.

Takes about seven minutes on two cores. Progress goes to the standard error, the table to the standard
output. What each line means stands in tests/benchmarks/README.md.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.status import Status

from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import Figure
from tests.benchmarks.rounds import Pace
from tests.benchmarks.table import as_markdown, as_table
from tests.servers.postgres import PostgresServer

ROWS: Final = {
    "P1": "unary",
    "P2": "bulk",
    "P3": "points",
    "P4": "delay",
    "P10": "demo",
    "P11": "start",
    "M1": "importing",
    "M2": "grid",
    "U11": "feedback",
}
"""The module that measures each row of the bars."""
FULL: Final = Pace(rounds=5, seconds=0.6)
SMOKE: Final = Pace(rounds=1, seconds=0.1, share=0.02)

WIDTH: Final = 120

Measure = Callable[[Bench], Awaitable[list[Figure]]]


def _show(status: Status, row: str, said: str) -> None:
    status.update(f"{row}: {said}")


async def measured(rows: Sequence[str], *, smoke: bool, console: Console) -> list[Figure]:
    figures: list[Figure] = []
    with (
        tempfile.TemporaryDirectory(prefix="linli-benchmarks-") as folder,
        console.status("servers start") as status,
        PostgresServer.running() as postgres,
    ):
        for row in rows:
            pace = replace(SMOKE if smoke else FULL, say=partial(_show, status, row))
            measure: Measure = import_module(f"tests.benchmarks.{ROWS[row]}").measure
            console.print(f"{row} ({ROWS[row]}) ...")
            figures += await measure(Bench(pace=pace, folder=Path(folder), postgres=postgres))
    return figures


def rows_of(arguments: argparse.Namespace) -> list[str]:
    skipped = set(filter(None, arguments.skip.split(",")))
    wanted = list(filter(None, arguments.only.split(","))) or [row for row in ROWS if row not in skipped]
    if unknown := sorted({*wanted, *skipped} - ROWS.keys()):
        sys.exit(f"There is no row {', '.join(unknown)}; there are {', '.join(ROWS)}.")
    return wanted


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--only", default="", metavar="P1,...", help="measure these rows only")
    parser.add_argument("--skip", default="", metavar="P10,...", help="leave these rows out")
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    parser.add_argument("--markdown", action="store_true", help="print the table for a page")
    parser.add_argument("--smoke", action="store_true", help="see whether it runs; the figures mean nothing")
    arguments = parser.parse_args()
    rows = rows_of(arguments)
    console = Console(stderr=True)
    figures = asyncio.run(measured(rows, smoke=arguments.smoke, console=console))
    if arguments.json:
        sys.stdout.write(
            json.dumps([each.as_json() for each in figures], ensure_ascii=False, indent=2) + "\n"
        )
    elif arguments.markdown:
        sys.stdout.write(as_markdown(figures) + "\n")
    else:
        Console(width=WIDTH).print(as_table(figures))


if __name__ == "__main__":
    main()
