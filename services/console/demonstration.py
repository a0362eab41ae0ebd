"""`linli demo`: drives a district's year through a server of its own, or through those that run."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from rich.console import Console

from services.console.answering import answering
from services.console.demo.drive import run
from services.console.demo.report import as_json as report
from services.console.demo.tables import show
from services.console.lag import OPERATOR
from services.console.reaching import reached
from services.console.steps import Steps
from services.console.verify import verify


async def demonstrate(
    *, seed: int, scale: Decimal, folder: Path | None, targets: Mapping[str, str], as_json: bool
) -> int:
    """Run the demo. Returns the exit code: 0 if everything agrees in the end.

    Args:
        seed: Of the year.
        scale: 1 is the true size.
        folder: Keeps the data, or holds those of an earlier run; None: a temporary one.
        targets: Servers that run, by service; empty: serve the folder.
        as_json: Print one JSON object and no bars.

    Raises:
        DemoStopped: With one clear message.
        WritingStopped: The same, while the year is written.
        ServerDidNotStart: The child did not come up.
    """
    with Steps(console=Console(stderr=True), quiet=as_json) as steps:
        async with (
            reached(targets, folder=folder, steps=steps) as found_at,
            answering(found_at, caller=OPERATOR) as channels,
        ):
            found = await run(channels=channels, seed=seed, scale=scale, steps=steps)
            verdicts = await verify(channels, steps=steps)
    verified = not any(verdict.findings for verdict in verdicts)
    if as_json:
        size = f"{scale.normalize():f}"
        done = report(found, seed=seed, scale=size, verified=verified, seconds=steps.seconds)
        print(json.dumps(done, ensure_ascii=False, indent=2))
    else:
        show(Console(), found, verified=verified, seconds=steps.seconds)
    return 0 if verified else 1
