"""The steps of a call, each a wrapper around the next: shed, deadline, authorise, decode, validate, encode.

`pipeline.py` puts them together and turns what they raise into a status and a log line.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from services.chassis.call import Call, current_call
from services.chassis.faults import AnswerTooLarge, DeadlinePassed, Overloaded, RequestMalformed
from services.chassis.metrics import declared as metrics
from services.chassis.rpc.access import AccessTable, authorise, parse_caller
from services.chassis.rpc.incoming import Incoming
from services.chassis.rpc.table import Rpc
from services.chassis.rpc.validation import collect_violations, refuse_bad_form

Step: TypeAlias = Callable[[bytes, Incoming], Awaitable[bytes]]
Admitted: TypeAlias = Callable[[bytes, Call], Awaitable[bytes]]


@dataclass(slots=True, kw_only=True)
class Gate:
    """Counts the calls that run in a server."""

    calls_max: int
    running: int = 0


def shedding(step: Step, /, *, gate: Gate) -> Step:
    """Turn a call away at once when the server is full, rather than let all wait longer and longer."""

    async def shed(raw: bytes, incoming: Incoming) -> bytes:
        if gate.running >= gate.calls_max:
            metrics.RPC_SHED.inc()
            raise Overloaded(calls_max=gate.calls_max)
        gate.running += 1
        try:
            return await step(raw, incoming)
        finally:
            gate.running -= 1

    return shed


def within_deadline(step: Step, /) -> Step:
    """End a call when nobody waits for it any more."""

    async def end_in_time(raw: bytes, incoming: Incoming) -> bytes:
        seconds_left = incoming.deadline - time.monotonic()
        if seconds_left <= 0:
            raise DeadlinePassed
        try:
            async with asyncio.timeout(seconds_left) as limit:
                return await step(raw, incoming)
        except TimeoutError:
            if not limit.expired():
                raise
            raise DeadlinePassed(
                "The deadline passed before the answer was ready; repeat a write with the same request id."
            ) from None

    return end_in_time


def authorised(step: Admitted, /, *, access: AccessTable) -> Step:
    """Let the call in if its caller may call this RPC."""

    async def admit(raw: bytes, incoming: Incoming) -> bytes:
        caller = parse_caller(incoming.stated_caller)
        authorise(table=access, method=incoming.method, caller=caller)
        call = Call(
            caller=caller, method=incoming.method, deadline=incoming.deadline, trace_id=incoming.trace_id
        )
        # Each call runs in a task of its own, so the variable ends with it.
        current_call.set(call)
        return await step(raw, call)

    return admit


def decoded(rpc: Rpc, /, *, method: MethodDescriptor, message_bytes_max: int) -> Admitted:
    """Decode and validate the request, call the RPC, encode its answer.

    Here rather than in grpc, which answers bytes that it cannot decode with UNKNOWN or INTERNAL.
    """
    request_class = GetMessageClass(method.input_type)
    answer_type = method.output_type

    async def decode(raw: bytes, call: Call) -> bytes:
        try:
            request = request_class.FromString(raw)
        except DecodeError:
            raise RequestMalformed(message_type=method.input_type.full_name) from None
        refuse_bad_form(request)
        answer = await rpc(request, call)
        if answer.DESCRIPTOR is not answer_type:
            raise TypeError(f"{call.method} must answer {answer_type.full_name}.")
        encoded = answer.SerializeToString()
        if len(encoded) > message_bytes_max:
            raise AnswerTooLarge(answer_bytes=len(encoded), message_bytes_max=message_bytes_max)
        return encoded

    # Compiles the rules of the message, which takes milliseconds: now rather than in the first call.
    collect_violations(request_class())
    return decode
