"""The brokers that carry rings: dramatiq's own within a process, one that waits for rings over Redis."""

import time
from typing import Any

import dramatiq
import structlog
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.brokers.stub import StubBroker
from redis import Redis
from redis.exceptions import RedisError

logger = structlog.get_logger()

RINGS_WAITING_MAX = 100
"""Rings that nobody hears are one ring: more of them would only fill Redis while no worker runs."""

REDIS_SECONDS_MAX = 2.0


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

    @property
    def consumer_class(self) -> type[dramatiq.Consumer]:
        return _RingConsumer

    def close(self) -> None:
        # Left to the collector, connections would be found open at the end.
        self.client.close()

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
    was half of what a worker did at 500 facts a second (measured), and a ring was heard late. It has no
    public name, and cannot be wrapped: whoever waits must know whether messages were fetched beforehand.
    """

    def __init__(self, broker: _RingBroker, queue_name: str, prefetch: int, idle_ms: int) -> None:
        # It has waited for a token; without a message, which somebody else has then, it need not rest.
        super().__init__(broker, queue_name, prefetch, timeout=0)  # type: ignore[no-untyped-call]
        self._tokens = broker.tokens_of(queue_name)
        self._idle_seconds = idle_ms / 1000
        self._hears = True

    def __next__(self) -> Any:
        try:
            if not self.message_cache:
                # After the time is over it looks all the same: tokens may be lost, with Redis for one.
                self.broker.client.blpop([self._tokens], timeout=self._idle_seconds)
            found = super().__next__()  # type: ignore[no-untyped-call]
        except (RedisError, dramatiq.ConnectionClosed) as error:
            # dramatiq would call it critical every three seconds. Redis is away, or refuses: no memory left,
            # keys are of another kind. Nothing is lost; whoever waits for a ring looks once a poll period.
            if self._hears:
                logger.warning("doorbell.deaf", queue=self.queue_name, error=str(error), meanwhile="polling")
            self._hears = False
            time.sleep(self._idle_seconds)
            return None
        if not self._hears:
            logger.info("doorbell.hears", queue=self.queue_name)
        self._hears = True
        return found
