"""Reaches the services for a command that brings a year: those that run, else a server of its own."""

import shutil
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from services.console.child import served
from services.console.configuration import SERVICES
from services.console.folder import make
from services.console.steps import Steps


@asynccontextmanager
async def reached(
    targets: Mapping[str, str],
    *,
    folder: Path | None,
    steps: Steps,
    settings: Mapping[str, str] | None = None,
) -> AsyncGenerator[Mapping[str, str]]:
    """Say where the services are: as stated, else at a server of our own over the folder.

    Args:
        targets: Servers that run, by service; empty: serve the folder.
        folder: Keeps the data; None: a temporary one, removed at the end.
        steps: Shows the start.
        settings: Of the server of our own, by the names of the environment.
    """
    if targets:
        yield targets
        return
    kept = folder or Path(tempfile.mkdtemp(prefix="linli-"))
    make(kept)
    try:
        async with served(kept, steps, settings=settings) as target:
            yield dict.fromkeys(SERVICES, target)
    finally:
        if folder is None:
            shutil.rmtree(kept, ignore_errors=True)
