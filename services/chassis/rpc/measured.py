"""Counts the calls of an RPC and measures how long they take, around everything else."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias, TypeVar

import grpc
from prometheus_client import Counter

from services.chassis.metrics import declared as metrics
from services.chassis.rpc.incoming import Context

Sent = TypeVar("Sent")
Answer = TypeVar("Answer")
Behaviour: TypeAlias = Callable[[Sent, Context], Awaitable[Answer]]

_NAMES: Final[Mapping[object, str]] = {code.value[0]: code.name for code in grpc.StatusCode}
_SHOWN_FROM_0: Final = ("OK", "INTERNAL")
"""A series that first shows with a count is no increase to Prometheus."""


def measured(behaviour: Behaviour[Sent, Answer], /, *, method: str) -> Behaviour[Sent, Answer]:
    """Count and time the calls of a method."""
    seconds = metrics.RPC_SECONDS.labels(method)
    by_code: dict[str, Counter] = {code: metrics.RPC_CALLS.labels(method, code) for code in _SHOWN_FROM_0}

    def ended(code: str, began: float) -> None:
        metrics.RPC_RUNNING.dec()
        seconds.observe(time.monotonic() - began)
        if code not in by_code:
            by_code[code] = metrics.RPC_CALLS.labels(method, code)
        by_code[code].inc()

    async def measure(sent: Sent, context: Context) -> Answer:
        began = time.monotonic()
        metrics.RPC_RUNNING.inc()
        code = "OK"
        try:
            return await behaviour(sent, context)
        except asyncio.CancelledError:
            code = "DEADLINE_EXCEEDED" if context.time_remaining() == 0 else "CANCELLED"
            raise
        except BaseException:
            code = _code_sent(context)
            raise
        finally:
            ended(code, began)

    return measure


def _code_sent(context: Context) -> str:
    """Name the status that was sent; what ended without one is INTERNAL."""
    sent: object = context.code()  # a number, whatever its type says
    name = sent.name if isinstance(sent, grpc.StatusCode) else _NAMES.get(sent, "INTERNAL")
    return "INTERNAL" if name == "OK" else name
