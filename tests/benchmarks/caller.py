"""A client in a process of its own: `python -m tests.benchmarks.caller`; answers questions about speed.

    {"ask": "unary", "port": ..., "callers": 256, "seconds": 1.0, "first": 0}  calls until the time is over
    {"ask": "batches", "port": ..., "size": 500, "batches": 16, "first": 0}    sends batches
    {"ask": "stream", "port": ..., "size": 50, "batches": 160, "first": 0}     streams messages of 50 rows

Every call confirms hours of a stay that nobody confirmed before: the first has the number `first`.
"""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from statistics import quantiles
from typing import Any

import grpc
from linli.events.v1.activity_pb2 import (
    BatchConfirmHoursRequest,
    ConfirmHoursRequest,
    ImportConfirmationsRequest,
)
from linli.events.v1.activity_pb2_grpc import ActivityServiceStub

from tests.benchmarks.doors import ECHO
from tests.benchmarks.programs import Answer, answer_questions
from tests.benchmarks.stays import stay_id

CALLER = (("linli-caller", "service:benchmark"),)
CALL_SECONDS_MAX = 60.0
CHANNELS = 4
"""Connections of one client program; its callers share them."""
BATCHES_AT_ONCE = 2
"""So that the server reads one while the database writes another."""

Send = Callable[[int], Awaitable[Any]]


def confirmation(number: int) -> ConfirmHoursRequest:
    return ConfirmHoursRequest(request_id=f"confirm-{number}", attendance_id=stay_id(number))


class Client:
    def __init__(self) -> None:
        self._channels: dict[int, list[grpc.aio.Channel]] = {}

    async def answer(self, question: Answer) -> Answer:
        match question.pop("ask"):
            case "unary":
                return await self._unary(**question)
            case "batches":
                return await self._batches(**question)
            case _:
                return await self._stream(**question)

    async def _unary(
        self, *, port: int, callers: int, seconds: float, first: int, echo: bool = False
    ) -> Answer:
        channels = self._of(port)
        sends = [_echoing(channel) if echo else _confirming(channel) for channel in channels]
        numbers = itertools.count(first)
        started = time.perf_counter()
        tasks = [_call_until(started + seconds, sends[each % len(sends)], numbers) for each in range(callers)]
        delays = sorted(itertools.chain(*await asyncio.gather(*tasks)))
        elapsed = time.perf_counter() - started
        cuts = quantiles(delays, n=100)
        return {
            "calls": len(delays),
            "calls_per_second": len(delays) / elapsed,
            "p50_ms": cuts[49] * 1000,
            "p99_ms": cuts[98] * 1000,
        }

    async def _batches(self, *, port: int, size: int, batches: int, first: int) -> Answer:
        stub = ActivityServiceStub(self._of(port)[0])
        requests = [
            BatchConfirmHoursRequest(
                items=[confirmation(first + number * size + item) for item in range(size)]
            )
            for number in range(batches)
        ]
        room = asyncio.Semaphore(BATCHES_AT_ONCE)

        async def send(request: BatchConfirmHoursRequest) -> None:
            async with room:
                answer = await stub.BatchConfirmHours(request, metadata=CALLER, timeout=CALL_SECONDS_MAX)
            refused = [result for result in answer.results if not result.HasField("written")]
            assert not refused, refused[0]

        started = time.perf_counter()
        await asyncio.gather(*map(send, requests))
        elapsed = time.perf_counter() - started
        return {"items": size * batches, "items_per_second": size * batches / elapsed}

    async def _stream(self, *, port: int, size: int, batches: int, first: int) -> Answer:
        stub = ActivityServiceStub(self._of(port)[0])
        messages = [
            ImportConfirmationsRequest(
                items=[confirmation(first + number * size + row) for row in range(size)]
            )
            for number in range(batches)
        ]
        started = time.perf_counter()
        answer = await stub.ImportConfirmations(iter(messages), metadata=CALLER, timeout=CALL_SECONDS_MAX)
        elapsed = time.perf_counter() - started
        assert answer.imported.written == size * batches, answer.imported
        return {"items": size * batches, "items_per_second": size * batches / elapsed}

    def _of(self, port: int) -> list[grpc.aio.Channel]:
        if port not in self._channels:
            options = [("grpc.use_local_subchannel_pool", 1)]
            target = f"127.0.0.1:{port}"
            self._channels[port] = [grpc.aio.insecure_channel(target, options) for _ in range(CHANNELS)]
        return self._channels[port]


def _confirming(channel: grpc.aio.Channel) -> Send:
    confirm = ActivityServiceStub(channel).ConfirmHours

    async def send(number: int) -> None:
        await confirm(confirmation(number), metadata=CALLER, timeout=CALL_SECONDS_MAX)

    return send


def _echoing(channel: grpc.aio.Channel) -> Send:
    rpc = channel.unary_unary(ECHO, request_serializer=None, response_deserializer=None)

    async def send(number: int) -> None:
        await rpc(confirmation(number).SerializeToString(), metadata=CALLER, timeout=CALL_SECONDS_MAX)

    return send


async def _call_until(end: float, send: Send, numbers: Iterator[int]) -> list[float]:
    delays = []
    while (began := time.perf_counter()) < end:
        await send(next(numbers))
        delays.append(time.perf_counter() - began)
    return delays


if __name__ == "__main__":
    asyncio.run(answer_questions(Client().answer))
