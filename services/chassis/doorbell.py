"""The doorbell: "there is something new", over dramatiq. It carries nothing that matters.

Losing a ring costs one poll period. The actor only sets an event on the service's loop, so a dead
dramatiq thread delays and never stops; a watchdog ends the process anyway.
"""

import asyncio
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.brokers.stub import StubBroker
from redis import Redis
from redis.exceptions import RedisError

from services.chassis.metrics import declared as metrics

logger = structlog.get_logger()

RING_SECONDS = 0.02
"""At most one ring per topic, process and this long."""

IDLE_MS = 500
"""How long threads of the doorbell sleep when nobody rings; a ring wakes them at once."""

RINGS_WAITING_MAX = 100
"""Rings that nobody hears are one ring: more of them would only fill Redis while no worker runs."""

REDIS_SECONDS_MAX = 2.0
_PAUSE_MS = 1
"""After a token without a message: somebody else has it."""
WATCH_SECONDS = 1.0
STOP_MS = 2_000
ACTOR = "ring"


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


class DoorbellDead(Exception):  # noqa: N818 - ends the process, which its supervisor starts again
    """A dramatiq thread of the doorbell died."""


def open_broker(redis_url: str | None) -> dramatiq.Broker:
    """Open the broker: Redis, or one that lives in this process.

    No middleware: dramatiq's retries lose messages when Redis goes away, and a ring needs none.
    """
    if redis_url is None:
        return StubBroker(middleware=[])
    # Given an address instead of a client, the broker would drop the time-outs.
    client = Redis.from_url(
        redis_url, socket_timeout=REDIS_SECONDS_MAX, socket_connect_timeout=REDIS_SECONDS_MAX
    )
    return _RingBroker(middleware=[], client=client)  # type: ignore[no-untyped-call]


class _RingBroker(RedisBroker):
    """Has no queues for delayed messages, which each worker would look into as often as into the others.

    Beside each queue lies a list of tokens, one for each message, on which consumers wait.
    """

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = IDLE_MS) -> dramatiq.Consumer:
        return _RingConsumer(self, queue_name, prefetch, timeout)

    def tokens_of(self, queue_name: str) -> str:
        return f"{self.namespace}:{queue_name}.tokens"

    def declare_queue(self, queue_name: str) -> None:
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: dramatiq.Message[Any], *, delay: int | None = None) -> dramatiq.Message[Any]:
        if self.do_qsize(message.queue_name) >= RINGS_WAITING_MAX:
            return message
        enqueued = super().enqueue(message, delay=delay)
        tokens = self.tokens_of(message.queue_name)
        if self.client.rpush(tokens, 1) > RINGS_WAITING_MAX:
            self.client.ltrim(tokens, -1, -1)
        return enqueued


class _RingConsumer(_RedisConsumer):
    """Waits for a token before it looks for messages.

    dramatiq's own looks again and again, every 50 ms where nobody rings and more often while rings come: that
    was half of what a worker did at 500 facts a second (measured), and a ring was heard late.
    """

    def __init__(self, broker: _RingBroker, queue_name: str, prefetch: int, idle_ms: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout=_PAUSE_MS)  # type: ignore[no-untyped-call]
        self._tokens = broker.tokens_of(queue_name)
        self._idle_seconds = idle_ms / 1000

    def __next__(self) -> Any:
        try:
            if not self.message_cache:
                # After the time is over it looks all the same: tokens may be lost, with Redis for one.
                self.broker.client.blpop([self._tokens], timeout=self._idle_seconds)
                self.misses = 0
            return super().__next__()  # type: ignore[no-untyped-call]
        except RedisError as error:
            # dramatiq foresees that Redis is away, not that it refuses: no memory left, keys of another kind.
            raise dramatiq.ConnectionClosed(error) from None  # type: ignore[no-untyped-call]


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
