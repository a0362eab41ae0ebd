"""`linli demo`: serves the embedded default as a child process and drives a district's year through it."""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from rich.console import Console

from services.chassis.rpc.client import open_channel
from services.console.demo.drive import run
from services.console.demo.report import as_json as report
from services.console.demo.steps import Steps
from services.console.demo.tables import show
from services.console.faults import ServerDidNotStart
from services.console.folder import make, read_target
from services.console.status import OPERATOR
from services.console.verify import verify

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 20
LOOK_EVERY_SECONDS = 0.05
LOG_FILE = "serve.log"
LOG_LINES_SHOWN = 5


async def demonstrate(*, seed: int, scale: Decimal, folder: Path | None, as_json: bool) -> int:
    """Run the demo. Returns the exit code: 0 if everything agrees in the end.

    Args:
        seed: Of the year.
        scale: 1 is the true size.
        folder: Keeps the data, or holds those of an earlier run; None: a temporary one.
        as_json: Print one JSON object and no bars.

    Raises:
        DemoStopped: With one clear message.
        ServerDidNotStart: The child did not come up.
    """
    kept = folder or Path(tempfile.mkdtemp(prefix="linli-demo-"))
    make(kept)
    try:
        with Steps(console=Console(stderr=True), quiet=as_json) as steps:
            async with _served(kept, steps) as target, open_channel(target, caller=OPERATOR) as channel:
                found = await run(channel=channel, seed=seed, scale=scale, steps=steps)
                verdicts = await verify(channel, steps=steps)
    finally:
        if folder is None:
            shutil.rmtree(kept, ignore_errors=True)
    verified = not any(verdict.findings for verdict in verdicts)
    if as_json:
        size = f"{scale.normalize():f}"
        done = report(found, seed=seed, scale=size, verified=verified, seconds=steps.seconds)
        print(json.dumps(done, ensure_ascii=False, indent=2))
    else:
        show(Console(), found, verified=verified, seconds=steps.seconds)
    return 0 if verified else 1


@asynccontextmanager
async def _served(folder: Path, steps: Steps) -> AsyncGenerator[str]:
    """Run `linli serve` over the folder as a child process, on a port that the system chooses."""
    with (folder / LOG_FILE).open("ab") as log:
        serve = ("serve", "--data-dir", str(folder), "--port", "0")
        command = [sys.executable, "-m", "services.console", *serve]
        # The pipe on its standard input ends with this process, however that ends, and so does the child.
        child = await asyncio.create_subprocess_exec(
            *command, "--with-parent", stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log
        )
    try:
        with steps.step("server starts"):
            target = await _target_of(child, folder)
        yield target
    finally:
        await _stop(child)


async def _target_of(child: asyncio.subprocess.Process, folder: Path) -> str:
    for _ in range(int(START_SECONDS_MAX / LOOK_EVERY_SECONDS)):
        target = read_target(folder, process_id=child.pid)
        if target is not None:
            return target
        if child.returncode is not None:
            break
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    lines = (folder / LOG_FILE).read_text("utf-8", errors="replace").splitlines()
    raise ServerDidNotStart("\n".join(["The server of the demo did not start:", *lines[-LOG_LINES_SHOWN:]]))


async def _stop(child: asyncio.subprocess.Process) -> None:
    if child.returncode is not None:
        return
    child.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS_MAX):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()
