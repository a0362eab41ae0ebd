"""The doorbell: "there is something new", over dramatiq. It carries nothing that matters.

Losing a ring costs one poll period. The actor only sets an event on the service's loop, so a dead
dramatiq thread delays and never stops; a watchdog ends the process anyway.
"""

import asyncio
from collections.abc import Callable, Iterable

import dramatiq
import structlog
from redis.exceptions import RedisError

from services.chassis.metrics import declared as metrics

logger = structlog.get_logger()

RING_SECONDS = 0.02
"""At most one ring per topic, process and this long."""

IDLE_MS = 500
"""How long threads of the doorbell sleep when nobody rings; a ring wakes them at once."""

WATCH_SECONDS = 1.0
STOP_MS = 2_000
ACTOR = "ring"


class DoorbellDead(Exception):  # noqa: N818 - ends the process, which its supervisor starts again
    """A dramatiq thread of the doorbell died."""


def queue_of(listener: str) -> str:
    """Name the queue that rings at a service."""
    return f"doorbell-{listener}"


class Doorbell:
    """The doorbell of one process: rings at listeners and hears for them."""

    def __init__(self, broker: dramatiq.Broker) -> None:
        self._broker = broker
        self._loop = asyncio.get_running_loop()
        self._to_ring: set[tuple[str, str]] = set()
        self._asked = asyncio.Event()
        self._hearing: dict[tuple[str, str], list[Callable[[], None]]] = {}
        self._worker: dramatiq.Worker | None = None
        self._is_reachable = True
        metrics.DOORBELL_REACHABLE.set(1)

    def hear(self, *, listener: str, topic: str, then: Callable[[], None]) -> None:
        """Call `then` on the loop whenever somebody rings for this topic at this listener."""
        self._hearing.setdefault((listener, topic), []).append(then)

    def ring(self, *, listeners: Iterable[str], topic: str) -> None:
        """Ring at listeners soon; never blocks and never fails."""
        self._to_ring.update((listener, topic) for listener in listeners)
        self._asked.set()

    def open(self) -> None:
        """Start to hear."""
        listeners = sorted({listener for listener, _ in self._hearing})
        for listener in listeners:
            declare = dramatiq.actor(
                broker=self._broker, actor_name=f"{ACTOR}-{listener}", queue_name=queue_of(listener)
            )
            declare(self._heard_by(listener))
        if not listeners:
            return  # a worker without queues would take those of everybody
        queues = {queue_of(listener) for listener in listeners}
        self._worker = dramatiq.Worker(self._broker, queues=queues, worker_threads=1, worker_timeout=IDLE_MS)
        self._worker.start()

    async def run(self) -> None:
        """Carry the rings out and watch the threads, until cancelled.

        Raises:
            DoorbellDead: A thread died.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._carry())
            tasks.create_task(self._watch())

    async def close(self) -> None:
        """Stop to hear."""
        if self._worker:
            await asyncio.to_thread(self._worker.stop, timeout=STOP_MS)
        await asyncio.to_thread(self._broker.close)

    def threads_alive(self) -> bool:
        """Say whether every thread of the doorbell lives."""
        if self._worker is None:
            return True
        threads = [*self._worker.workers, *self._worker.consumers.values()]
        return all(thread.is_alive() for thread in threads)

    async def _carry(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            rings, self._to_ring = sorted(self._to_ring), set()
            await asyncio.to_thread(self._enqueue, rings)
            await asyncio.sleep(RING_SECONDS)

    def _enqueue(self, rings: list[tuple[str, str]]) -> None:
        try:
            for listener, topic in rings:
                queue = queue_of(listener)
                self._broker.declare_queue(queue)
                self._broker.enqueue(
                    dramatiq.Message(
                        queue_name=queue,
                        actor_name=f"{ACTOR}-{listener}",
                        args=(topic,),
                        kwargs={},
                        options={},
                    )
                )
                metrics.DOORBELL_RINGS.labels(listener, topic).inc()
        except (dramatiq.errors.BrokerConnectionError, RedisError, OSError) as error:
            if self._is_reachable:
                logger.warning("doorbell.unreachable", error=type(error).__name__, meanwhile="polling")
            self._is_reachable = False
        else:
            self._is_reachable = True
        metrics.DOORBELL_REACHABLE.set(self._is_reachable)

    async def _watch(self) -> None:
        while self.threads_alive():  # noqa: ASYNC110 - a thread that dies sets no event
            await asyncio.sleep(WATCH_SECONDS)
        raise DoorbellDead

    def _heard_by(self, listener: str) -> Callable[[str], None]:
        def heard(topic: str) -> None:
            metrics.DOORBELL_HEARD.labels(listener, topic).inc()
            for then in self._hearing.get((listener, topic), []):
                self._loop.call_soon_threadsafe(then)

        return heard
