"""The steps of a call, each a wrapper around the next: shed, end with the server, deadline, authorise.

The innermost is the form of the RPC (`forms.py`); `pipeline.py` puts them together and turns what they raise
into a status and a log line. The steps are the same for every form: they do not look at what is sent.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from services.chassis.call import Call, current_call
from services.chassis.faults import DeadlinePassed, Overloaded, ServerStopping
from services.chassis.metrics import declared as metrics
from services.chassis.rpc.access import AccessTable, authorise, parse_caller
from services.chassis.rpc.forms import Admitted, Answer, Sent
from services.chassis.rpc.incoming import Incoming

Step: TypeAlias = Callable[[Sent, Incoming], Awaitable[Answer]]


@dataclass(slots=True, kw_only=True)
class Gate:
    """Counts the calls that run in a server."""

    setting: str
    """Names the limit to whom it turns away."""
    places: int
    running: int = 0


@dataclass(slots=True, kw_only=True)
class Staying:
    """The calls that go on until somebody ends them: their callers, or the server when it stops."""

    limits: set[asyncio.Timeout] = field(default_factory=set)
    has_ended: bool = False

    def end(self) -> None:
        """End them all, and those that come from now on."""
        self.has_ended = True
        for limit in self.limits:
            limit.reschedule(0)
        self.limits.clear()


def shedding(step: Step[Sent, Answer], /, *, gate: Gate) -> Step[Sent, Answer]:
    """Turn a call away at once when the server is full, rather than let all wait longer and longer."""

    async def shed(sent: Sent, incoming: Incoming) -> Answer:
        if gate.running >= gate.places:
            metrics.RPC_SHED.inc()
            raise Overloaded(setting=gate.setting, at_once_max=gate.places)
        gate.running += 1
        try:
            return await step(sent, incoming)
        finally:
            gate.running -= 1

    return shed


def ending_with_server(step: Step[Sent, Answer], /, *, staying: Staying) -> Step[Sent, Answer]:
    """End a call that would go on for ever when the server stops; its caller connects again, elsewhere."""

    async def end_with_server(sent: Sent, incoming: Incoming) -> Answer:
        if staying.has_ended:
            raise ServerStopping
        try:
            async with asyncio.timeout(None) as limit:
                staying.limits.add(limit)
                try:
                    return await step(sent, incoming)
                finally:
                    staying.limits.discard(limit)
        except TimeoutError:
            if not limit.expired():
                raise
            raise ServerStopping from None

    return end_with_server


def within_deadline(step: Step[Sent, Answer], /) -> Step[Sent, Answer]:
    """End a call when nobody waits for it any more."""

    async def end_in_time(sent: Sent, incoming: Incoming) -> Answer:
        seconds_left = incoming.deadline - time.monotonic()
        if seconds_left <= 0:
            raise DeadlinePassed
        try:
            async with asyncio.timeout(seconds_left) as limit:
                return await step(sent, incoming)
        except TimeoutError:
            if not limit.expired():
                raise
            raise DeadlinePassed(
                "The deadline passed before the answer was ready; repeat a write with the same request id."
            ) from None

    return end_in_time


def authorised(step: Admitted[Sent, Answer], /, *, access: AccessTable) -> Step[Sent, Answer]:
    """Let the call in if its caller may call this RPC."""

    async def admit(sent: Sent, incoming: Incoming) -> Answer:
        caller = parse_caller(incoming.stated_caller)
        authorise(table=access, method=incoming.method, caller=caller)
        call = Call(
            caller=caller, method=incoming.method, deadline=incoming.deadline, trace_id=incoming.trace_id
        )
        # Each call runs in a task of its own, so the variable ends with it.
        current_call.set(call)
        return await step(sent, call)

    return admit
