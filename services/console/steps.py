"""Times the steps of a command and shows how far they are."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Advance = Callable[[int], None]
"""Tells that so many more are done."""


class Steps:
    """One bar per step on a terminal, nothing elsewhere; the times are kept in either case."""

    def __init__(self, *, console: Console, quiet: bool = False) -> None:
        """Prepare the bars.

        Args:
            console: Where bars go: standard error, so that the output stays clean.
            quiet: No bars, though it is a terminal.
        """
        self.seconds: dict[str, float] = {}
        """How long each step took, in the order of the steps."""
        self._progress = Progress(
            TextColumn("{task.description:<24}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=quiet or not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    @contextmanager
    def counting(self, name: str) -> Iterator[Callable[[int, int], None]]:
        """Show one step that says itself how far it is: so many done, of so many as far as known."""
        bar = self._progress.add_task(name, total=None)
        yield lambda done, total: self._progress.update(bar, completed=done, total=total or None)

    @contextmanager
    def step(self, name: str, *, total: int = 1) -> Iterator[Advance]:
        """Time one step; it counts as done in full when it ends without an exception."""
        bar = self._progress.add_task(name, total=total)
        started = time.perf_counter()
        yield lambda count: self._progress.advance(bar, count)
        self.seconds[name] = time.perf_counter() - started
        self._progress.update(bar, completed=total)
