"""The line in front of a door: what arrives while one transaction commits goes into the next one together.

How long the door waits for more is decided by what it sees. A caller who is alone never waits. After a
transaction of many calls their answers go out, and the same callers come back one after the other: as long as
they keep coming, for a few milliseconds at most, waiting costs less than a transaction for the first of them.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sized
from itertools import islice
from typing import Final, Generic, Protocol, TypeVar

from services.chassis.faults import Overloaded

ITEMS_PER_TRANSACTION_MAX = 2_000
BYTES_PER_TRANSACTION_MAX = 8 * 1024 * 1024
ITEMS_WAITING_MAX = 20_000

CROWD: Final = 8
"""So many calls in one transaction are a crowd, which comes back."""
WAIT_SECONDS_MAX: Final = 0.005
PAUSE_SECONDS: Final = 0.001
"""When nobody came for this long, nobody is waited for."""


class Waits(Protocol):
    """What stands in line: the items of one call."""

    @property
    def items(self) -> Sized: ...
    @property
    def size_bytes(self) -> int: ...
    @property
    def deadline(self) -> float: ...
    @property
    def travels_alone(self) -> bool: ...


Parcel = TypeVar("Parcel", bound=Waits)


class Line(Generic[Parcel]):
    """First come, first served."""

    def __init__(self, *, wait_seconds_max: float = WAIT_SECONDS_MAX) -> None:
        """Prepare.

        Args:
            wait_seconds_max: How long a crowd is waited for, once the first of it is there.
        """
        self.items = 0
        """How many wait."""
        self._wait_seconds_max = wait_seconds_max
        self._waiting: deque[Parcel] = deque()
        self._arrived = asyncio.Event()
        self._taken_last = 0

    def join(self, parcel: Parcel) -> None:
        """Stand at the end.

        Raises:
            Overloaded: Too much waits already.
        """
        if self.items + len(parcel.items) > ITEMS_WAITING_MAX:
            raise Overloaded(items_waiting=self.items, items_waiting_max=ITEMS_WAITING_MAX)
        self._waiting.append(parcel)
        self.items += len(parcel.items)
        self._arrived.set()

    async def next_load(self) -> list[Parcel]:
        """Wait for somebody, and give all that go together: at least one, in the order they came.

        A load ends before it has too many items or bytes, at its first deadline, and before and after a
        parcel that travels alone.
        """
        await self._arrived.wait()
        if self._taken_last >= CROWD:
            await self._let_come()
        load = [self._take()]
        room_items = ITEMS_PER_TRANSACTION_MAX - len(load[0].items)
        room_bytes = BYTES_PER_TRANSACTION_MAX - load[0].size_bytes
        while self._waiting and not load[0].travels_alone and not self._waiting[0].travels_alone:
            room_items -= len(self._waiting[0].items)
            room_bytes -= self._waiting[0].size_bytes
            if room_items < 0 or room_bytes < 0:
                break
            load.append(self._take())
        if not self._waiting:
            self._arrived.clear()
        self._taken_last = len(load)
        return load

    def _take(self) -> Parcel:
        parcel = self._waiting.popleft()
        self.items -= len(parcel.items)
        return parcel

    async def _let_come(self) -> None:
        """Wait as long as somebody comes in every moment."""
        give_up_at = time.monotonic() + self._wait_seconds_max
        seen = 0
        while seen < len(self._waiting) and self.items < ITEMS_PER_TRANSACTION_MAX:
            came = islice(self._waiting, seen, None)
            give_up_at = min(give_up_at, *(parcel.deadline for parcel in came))
            if time.monotonic() + PAUSE_SECONDS > give_up_at:
                return
            seen = len(self._waiting)
            await asyncio.sleep(PAUSE_SECONDS)
