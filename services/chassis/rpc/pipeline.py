"""Turns an `Rpc` into what grpc calls: bytes in, bytes or a status out, one log line."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn, TypeAlias

import grpc
import structlog
from google.protobuf.descriptor import MethodDescriptor
from structlog.typing import FilteringBoundLogger

from services.chassis.faults import Fault
from services.chassis.rpc import forms
from services.chassis.rpc.codes import RETRY_SECONDS
from services.chassis.rpc.forms import Admitted, Answer, Asked, Coding, Sent
from services.chassis.rpc.incoming import TRACE_KEY, Context, Incoming, read_incoming
from services.chassis.rpc.measured import measured
from services.chassis.rpc.status import StatusTable
from services.chassis.rpc.steps import (
    Gate,
    Staying,
    Step,
    authorised,
    ending_with_server,
    shedding,
    within_deadline,
)
from services.chassis.rpc.table import Registration
from services.chassis.settings import Settings
from services.chassis.texts import current_language

STATUS_KEY: Final = "grpc-status-details-bin"
PUSHBACK_KEY: Final = "grpc-retry-pushback-ms"
DO_NOT_RETRY: Final = "-1"

Handler: TypeAlias = "grpc.RpcMethodHandler[bytes, bytes]"
Behaviour: TypeAlias = Callable[[Sent, Context], Awaitable[Answer]]

_log: FilteringBoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """What the calls of one server share."""

    settings: Settings
    calls: Gate
    streams: Gate
    """Apart from the calls: streams stay long, and must neither keep calls out nor be kept out by them."""
    staying: Staying = field(default_factory=Staying)

    @classmethod
    def of(cls, settings: Settings, /) -> "Pipeline":
        return cls(
            settings=settings,
            calls=Gate(setting="calls_max", places=settings.calls_max),
            streams=Gate(setting="streams_max", places=settings.streams_max),
        )

    def handlers(self, registrations: Sequence[Registration], /) -> Mapping[str, Handler]:
        """Build what answers each RPC.

        Returns:
            From the path that grpc asks for (`/linli.members.v1.GridService/CreateNode`).

        Raises:
            ValueError: A service is registered twice; grpc would silently serve one of them.
        """
        served: dict[str, Handler] = {}
        for registration in registrations:
            for method in registration.descriptor.methods:
                path = f"/{registration.descriptor.full_name}/{method.name}"
                if path in served:
                    raise ValueError(f"{registration.descriptor.full_name} is registered twice.")
                served[path] = self._handler(registration, method)
        return served

    def _handler(self, registration: Registration, method: MethodDescriptor) -> Handler:
        rpc: Any = registration.rpcs[method.name]
        coding = Coding(method, message_bytes_max=self.settings.message_bytes_max)
        seconds_max = self.settings.call_seconds_max

        def admit(form: Admitted[Sent, Answer]) -> Step[Sent, Answer]:
            return within_deadline(authorised(form, access=registration.access))

        path = f"{registration.descriptor.full_name}/{method.name}"

        def open_doorway(step: Step[Sent, Answer], seconds_max: float = math.inf) -> Behaviour[Sent, Answer]:
            doorway = _doorway(
                step,
                method=path,
                statuses=StatusTable(registration.codes),
                seconds_max=seconds_max,
                log_served=_log.debug if registration.asked_by_machines else _log.info,
            )
            return measured(doorway, method=path)

        if method.server_streaming:
            form = admit(forms.server_stream(rpc, coding=coding))
            step = shedding(ending_with_server(form, staying=self.staying), gate=self.streams)
            return grpc.unary_stream_rpc_method_handler(_writing(open_doorway(step)))
        if method.client_streaming:
            rows = admit(forms.client_stream(rpc, coding=coding, silent_seconds_max=seconds_max))
            return grpc.stream_unary_rpc_method_handler(open_doorway(shedding(rows, gate=self.streams)))
        one = admit(forms.unary(rpc, coding=coding))
        return grpc.unary_unary_rpc_method_handler(open_doorway(shedding(one, gate=self.calls), seconds_max))


def _writing(doorway: Behaviour[Asked, None], /) -> Behaviour[bytes, None]:
    async def write_answers(raw: bytes, context: Context) -> None:
        await doorway(Asked(raw=raw, write=context.write), context)

    return write_answers


def _doorway(
    step: Step[Sent, Answer],
    *,
    method: str,
    statuses: StatusTable,
    seconds_max: float,
    log_served: Callable[..., object],
) -> Behaviour[Sent, Answer]:
    async def answer(sent: Sent, context: Context) -> Answer:
        incoming = read_incoming(context, method=method, seconds_max=seconds_max)
        # Each call runs in a task of its own, so the variable ends with it.
        current_language.set(incoming.language)
        structlog.contextvars.bind_contextvars(
            method=method, caller=incoming.stated_caller, trace_id=incoming.trace_id
        )
        try:
            answered = await step(sent, incoming)
        except Fault as fault:
            await _refuse(fault, incoming, context, statuses=statuses)
        except asyncio.CancelledError:
            # The caller hung up or its deadline passed; grpc has told it, nobody reads a status.
            code = "DEADLINE_EXCEEDED" if time.monotonic() >= incoming.deadline else "CANCELLED"
            _log.info("rpc.refused", code=code, reason="CALLER_LEFT", elapsed_ms=incoming.elapsed_ms)
            raise
        except Exception:  # noqa: BLE001 - the last doorway: whatever it is, the caller gets a status
            await _fail(incoming, context)
        context.set_trailing_metadata(((TRACE_KEY, incoming.trace_id),))
        log_served("rpc.served", code="OK", elapsed_ms=incoming.elapsed_ms)
        return answered

    return answer


# A status is sent with `abort`, not with `set_code`: clients try a call again only when nothing but a status
# came back.


async def _refuse(fault: Fault, incoming: Incoming, context: Context, *, statuses: StatusTable) -> NoReturn:
    try:
        status, code = statuses.status_of(fault), statuses.code_of(fault)
    except LookupError:
        await _fail(incoming, context)
    _log.info("rpc.refused", code=code.name, reason=fault.reason, elapsed_ms=incoming.elapsed_ms)
    details: list[tuple[str, str | bytes]] = [
        (TRACE_KEY, incoming.trace_id),
        (STATUS_KEY, status.SerializeToString()),
    ]
    if incoming.deadline - time.monotonic() < RETRY_SECONDS.get(code, 0.0):
        # Too late to try again within this call: the caller would hear of its deadline and not of the reason.
        details.append((PUSHBACK_KEY, DO_NOT_RETRY))
    await context.abort(code, status.message, tuple(details))


async def _fail(incoming: Incoming, context: Context) -> NoReturn:
    """Say nothing of what went wrong to the caller, and everything to the log; called while handling it."""
    _log.exception("rpc.failed", code="INTERNAL", elapsed_ms=incoming.elapsed_ms)
    message = (
        f"The server failed; its log tells why under trace id {incoming.trace_id}. "
        "Send a write again with the same request id."
    )
    await context.abort(grpc.StatusCode.INTERNAL, message, ((TRACE_KEY, incoming.trace_id),))
