"""Bells inside a process: what rings wakes a task, and what was rung while nobody waited is not lost."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager


class Bell:
    """Wakes one task of this process; rings that nobody waits for are one ring."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def wait(self, *, seconds: float) -> bool:
        """Wait for a ring, at most this long. Returns whether it rang."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True


class Broadcast:
    """Wakes every task of this process that listens."""

    def __init__(self) -> None:
        self._bells: set[Bell] = set()

    def ring(self) -> None:
        for bell in self._bells:
            bell.ring()

    @contextmanager
    def listening(self) -> Generator[Bell]:
        """Give a bell of one's own, which rings from now on."""
        bell = Bell()
        self._bells.add(bell)
        try:
            yield bell
        finally:
            self._bells.discard(bell)
