"""`linli replay`: a real year of shifts, through a server of its own or through those that run."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from rich.console import Console

from services.console.answering import answering
from services.console.lag import OPERATOR
from services.console.reaching import reached
from services.console.replay.clock import ZONE
from services.console.replay.drive import run
from services.console.replay.report import as_json as report
from services.console.replay.report import judge
from services.console.replay.source import read_source
from services.console.replay.tables import show
from services.console.replay.year import build
from services.console.steps import Steps
from services.console.verify import verify


async def replay(
    source_folder: Path,
    /,
    *,
    folder: Path | None,
    targets: Mapping[str, str],
    as_json: bool,
    now: datetime,
) -> int:
    """Replay a folder of shifts. Returns the exit code: 0 if everything agrees in the end.

    Rows that are left out do not change it: they are counted and shown, and all the others were replayed.

    Args:
        source_folder: Has `shifts.csv` and `volunteers.csv`.
        folder: Keeps the data, or holds those of an earlier replay; None: a temporary one.
        targets: Servers that run, by service; empty: serve the folder.
        as_json: Print one JSON object and no bars.
        now: Shifts that are not over by then are left out.

    Raises:
        ReplayStopped: With one clear message; if the folder is to blame, before anything was written.
        WritingStopped: The same, while the year is written.
        CallRefused: A server does not answer.
        ServerDidNotStart: The child did not come up.
    """
    with Steps(console=Console(stderr=True), quiet=as_json) as steps:
        with steps.step("the folder, read"):
            source = read_source(source_folder, now=now)
            year = build(source)
        london = {"LINLI_TIME_ZONE": ZONE.key}
        async with (
            reached(targets, folder=folder, steps=steps, settings=london) as found_at,
            answering(found_at, caller=OPERATOR) as channels,
        ):
            answered = await run(year, channels=channels, steps=steps)
            verdicts = await verify(channels, steps=steps)
    outcome = judge(
        source=source,
        year=year,
        answered=answered,
        verified=not any(verdict.findings for verdict in verdicts),
        seconds=steps.seconds,
    )
    if as_json:
        print(json.dumps(report(outcome), ensure_ascii=False, indent=2))
    else:
        show(Console(), outcome)
    return 0 if outcome.is_well else 1
