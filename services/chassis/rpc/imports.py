"""Brings the rows of a client stream through the door, in parcels as they arrive.

While one parcel commits, the rows that arrive wait and go into the next one; when as many wait as a parcel
holds, no more are read, and the caller can send no faster. Nothing counts as written before its commit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from google.rpc.status_pb2 import Status
from linli.feed.v1.write_pb2 import Imported, RefusedRow

from services.chassis.door import Effect, Item
from services.chassis.faults import Fault
from services.chassis.rpc.table import Requests

ROWS_PER_PARCEL_MAX: Final = 1_000
REFUSALS_TOLD_MAX: Final = 100
"""A status has at most 2 KiB, so that these fit a message."""

Take: TypeAlias = Callable[[Any], Item | Fault]
"""Makes an item of a row, or says why it is none."""

Submit: TypeAlias = Callable[[Sequence[Item | Fault]], Awaitable[Sequence[Effect | Fault]]]
"""Brings items through the door; one outcome each, in order."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """What has become of the rows so far."""

    log: str
    status_of: Callable[[Fault], Status]
    written: int = 0
    refused: int = 0
    position: int = 0
    """Of the last fact that states what was written; 0: none."""
    refusals: list[RefusedRow] = field(default_factory=list)

    def count(self, outcomes: Sequence[Effect | Fault], /) -> None:
        """Count the rows that follow."""
        for outcome in outcomes:
            if isinstance(outcome, Effect):
                self.written += 1
                self.position = max(self.position, outcome.position)
                continue
            self.refused += 1
            if self.refused <= REFUSALS_TOLD_MAX:
                row = self.written + self.refused
                self.refusals.append(RefusedRow(row=row, refused=self.status_of(outcome)))

    def told(self) -> Imported:
        return Imported(
            written=self.written,
            refused=self.refused,
            positions={self.log: self.position} if self.position else {},
            refusals=self.refusals,
        )


async def bring_in(requests: Requests, *, take: Take, submit: Submit, tally: Tally) -> None:
    """Bring all rows in, in order; a later one sees the effect of an earlier one.

    Raises:
        Fault: The stream cannot be read any further, or the door does not take more. What came before in the
            stream was written, and stays.
    """
    waiting = _Waiting()
    reading = asyncio.create_task(_read(requests, take=take, into=waiting))
    reading.add_done_callback(waiting.end_after)
    try:
        while parcel := await waiting.take():
            tally.count(await submit(parcel))
        await reading
    finally:
        reading.cancel()


async def _read(requests: Requests, *, take: Take, into: "_Waiting") -> None:
    async for request in requests:
        for row in request.items:
            await into.add(take(row))


class _Waiting:
    """The rows that were read and not yet submitted: at most a parcel."""

    def __init__(self) -> None:
        self._rows: asyncio.Queue[Item | Fault | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(ROWS_PER_PARCEL_MAX)

    async def add(self, row: Item | Fault) -> None:
        """Add a row, once there is room."""
        await self._room.acquire()
        self._rows.put_nowait(row)

    def end_after(self, reading: asyncio.Task[None]) -> None:
        """No row follows. How reading ended is of no interest to a stream that was given up before."""
        self._end()
        if not reading.cancelled():
            reading.exception()

    def _end(self) -> None:
        self._rows.put_nowait(None)

    async def take(self) -> list[Item | Fault]:
        """Take what waits, or wait for it; nothing after the end."""
        row = await self._rows.get()
        taken: list[Item | Fault] = []
        while row is not None:
            taken.append(row)
            self._room.release()
            if self._rows.empty():
                return taken
            row = self._rows.get_nowait()
        self._end()  # again, for whoever takes next
        return taken
