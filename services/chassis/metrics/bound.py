"""Metrics of one part of one service: the labels are looked up once, not in every call."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Sequence, Sized
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.chassis.faults import DeadlinePassed, Fault, Overloaded
from services.chassis.metrics import declared


class Arrival(Protocol):
    """What came to the door."""

    @property
    def items(self) -> Sized: ...
    @property
    def arrived(self) -> float: ...


class DoorMetrics:
    """Measures one door."""

    def __init__(self, *, service: str) -> None:
        self._service = service
        self._batch_items = declared.DOOR_BATCH_ITEMS.labels(service)
        self._wait_seconds = declared.DOOR_WAIT_SECONDS.labels(service)
        self.transaction_seconds = declared.DOOR_TRANSACTION_SECONDS.labels(service)
        self.waiting_items = declared.DOOR_WAITING_ITEMS.labels(service)
        # A series that first shows with a count is no increase to Prometheus.
        for fault in (Overloaded, DeadlinePassed):
            self.refused(fault=fault, items=0)

    def took(self, parcels: Sequence[Arrival], *, items_waiting: int) -> None:
        """Measure what was taken together, and what still waits."""
        now = time.monotonic()
        self._batch_items.observe(sum(len(parcel.items) for parcel in parcels))
        for parcel in parcels:
            self._wait_seconds.observe(now - parcel.arrived)
        self.waiting_items.set(items_waiting)

    def settled(self, outcomes: "asyncio.Future[list[Any]]") -> None:
        """Count what was refused of one call."""
        if outcomes.cancelled() or outcomes.exception() is not None:
            return
        for outcome in outcomes.result():
            if isinstance(outcome, Fault):
                self.refused(fault=type(outcome), items=1)

    def refused(self, *, fault: type[Fault], items: int) -> None:
        declared.DOOR_REFUSED_ITEMS.labels(self._service, fault.reason).inc(items)


class DatabaseMetrics:
    """Measures the use of one database."""

    def __init__(self, *, service: str) -> None:
        self.reads = declared.DATABASE_TRANSACTIONS.labels(service, "read")
        self.writes = declared.DATABASE_TRANSACTIONS.labels(service, "write")
        self.retries = declared.DATABASE_RETRIES.labels(service)
        self.unavailable = declared.DATABASE_UNAVAILABLE.labels(service)
        self._used = declared.DATABASE_USED.labels(service)
        self._waiting = declared.DATABASE_WAITING.labels(service)

    @asynccontextmanager
    async def connected(self, engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
        """Take a connection of the pool and give it back."""
        async with AsyncExitStack() as held:
            with self._waiting.track_inprogress():
                connection = await held.enter_async_context(engine.connect())
            with self._used.track_inprogress():
                yield connection


async def measured_batch(batch: Awaitable[int], *, service: str) -> int:
    """Measure what an applier takes together; gives how many subjects there were."""
    began = time.monotonic()
    subjects = await batch
    if subjects:
        declared.APPLIER_TRIED.labels(service).inc(subjects)
        declared.APPLIER_BATCH_SUBJECTS.labels(service).observe(subjects)
        declared.APPLIER_BATCH_SECONDS.labels(service).observe(time.monotonic() - began)
    return subjects
