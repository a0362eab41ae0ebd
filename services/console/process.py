"""The life of a long-running process: until it is told to stop, or a part of it ends."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any

import structlog

from services.console.faults import PartStopped

_log = structlog.get_logger()

Task = asyncio.Task[None]


def told_to_stop(*, with_parent: bool = False) -> asyncio.Event:
    """Give the event that SIGTERM and SIGINT set.

    Args:
        with_parent: Set it as well when the standard input ends: the parent that holds it is gone then.
    """
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if with_parent:
        asyncio.get_running_loop().add_reader(sys.stdin, stop.set)
    return stop


@asynccontextmanager
async def running(parts: Iterable[Coroutine[Any, Any, None]]) -> AsyncGenerator[list[Task]]:
    """Run the parts of a process as tasks, and cancel them at the end."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until_stopped(stop: asyncio.Event, tasks: list[Task]) -> None:
    """Wait until the process is told to stop, or one of its tasks has ended."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()


def refuse_ended(tasks: list[Task]) -> None:
    """Look whether a part ended by itself, which none does: the supervisor starts the process again.

    Raises:
        PartStopped: One did; the log tells why.
    """
    for task in tasks:
        if task.done():
            _log.critical("process.part.ended", task=task.get_name(), exc_info=task.exception())
            raise PartStopped
