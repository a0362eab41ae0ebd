"""Serves the embedded default as a child process, for commands that bring their own server."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from services.console.faults import ServerDidNotStart
from services.console.folder import read_target
from services.console.steps import Steps

START_SECONDS_MAX = 30
STOP_SECONDS_MAX = 20
LOOK_EVERY_SECONDS = 0.05
LOG_FILE = "serve.log"
LOG_LINES_SHOWN = 5


@asynccontextmanager
async def served(
    folder: Path, steps: Steps, *, settings: Mapping[str, str] | None = None
) -> AsyncGenerator[str]:
    """Run `linli serve` over a folder, on a port that the system chooses; gives its host and port.

    Args:
        folder: The data folder, which exists.
        steps: Shows the start.
        settings: By the names of the environment (`LINLI_TIME_ZONE`), beside those of this process.

    Raises:
        ServerDidNotStart: With the end of its log.
    """
    with (folder / LOG_FILE).open("ab") as log:
        serve = ("serve", "--data-dir", str(folder), "--port", "0")
        command = [sys.executable, "-m", "services.console", *serve]
        # The pipe on its standard input ends with this process, however that ends, and so does the child.
        child = await asyncio.create_subprocess_exec(
            *command,
            "--with-parent",
            stdin=asyncio.subprocess.PIPE,
            stdout=log,
            stderr=log,
            env={**os.environ, **(settings or {})},
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
    raise ServerDidNotStart("\n".join(["The server did not start:", *lines[-LOG_LINES_SHOWN:]]))


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
