"""Programs beside the benchmark, asked and answering by lines of JSON; they end when it does."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.journeys.linli import ROOT, environment

Answer = dict[str, Any]
LINE_BYTES_MAX = 64 * 1024 * 1024
ANSWER_SECONDS_MAX = 120.0


class ProgramFailed(Exception):  # noqa: N818 - reads as what happened
    """A program of the benchmark ended; its log tells why."""


class Program:
    """A module of this folder that runs as a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log

    async def ask(self, **question: Any) -> Answer:
        """Ask, and wait for the answer.

        Raises:
            ProgramFailed: It ended instead.
        """
        assert self._process.stdin
        self._process.stdin.write(json.dumps(question).encode() + b"\n")
        return await self.hear()

    async def hear(self) -> Answer:
        """Wait for what it says next."""
        assert self._process.stdout
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            line = await self._process.stdout.readline()
        if not line:
            raise ProgramFailed(self._log.read_text("utf-8", errors="replace")[-2000:])
        answer: Answer = json.loads(line)
        return answer


@asynccontextmanager
async def program(module: str, *arguments: str, folder: Path) -> AsyncGenerator[Program]:
    """Run `tests.benchmarks.<module>` until the end of the block; its log goes into the folder."""
    log = folder / f"{module}.log"
    with log.open("ab") as sink:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", f"tests.benchmarks.{module}", *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=sink,
            env=environment(),
            cwd=ROOT,
            limit=LINE_BYTES_MAX,
        )
    try:
        yield Program(process, log)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def answer_questions(answer: Callable[[Answer], Awaitable[Answer]]) -> None:
    """Be such a program: answer line by line until nobody can ask any more."""
    lines = asyncio.StreamReader(limit=LINE_BYTES_MAX)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        say(await answer(json.loads(line)))


def say(answer: Answer) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
