"""Turns an `Rpc` into what grpc calls: bytes in, bytes or a status out, one log line."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NoReturn, TypeAlias

import grpc
import structlog
from google.protobuf.descriptor import MethodDescriptor
from structlog.typing import FilteringBoundLogger

from services.chassis.faults import Fault
from services.chassis.rpc.codes import RETRY_SECONDS
from services.chassis.rpc.incoming import TRACE_KEY, Context, Incoming, read_incoming
from services.chassis.rpc.measured import measured
from services.chassis.rpc.status import StatusTable
from services.chassis.rpc.steps import Gate, Step, authorised, decoded, shedding, within_deadline
from services.chassis.rpc.table import Registration
from services.chassis.settings import Settings

STATUS_KEY: Final = "grpc-status-details-bin"
PUSHBACK_KEY: Final = "grpc-retry-pushback-ms"
DO_NOT_RETRY: Final = "-1"

Behaviour: TypeAlias = Callable[[bytes, Context], Awaitable[bytes]]

_log: FilteringBoundLogger = structlog.get_logger()


def behaviours(
    registrations: Sequence[Registration], /, *, gate: Gate, settings: Settings
) -> Mapping[str, Behaviour]:
    """Build what answers each RPC.

    Returns:
        From the path that grpc asks for (`/linli.members.v1.GridService/CreateNode`).

    Raises:
        ValueError: A service is registered twice; grpc would silently serve one of them.
    """
    served: dict[str, Behaviour] = {}
    for registration in registrations:
        for method in registration.descriptor.methods:
            path = f"/{registration.descriptor.full_name}/{method.name}"
            if path in served:
                raise ValueError(f"{registration.descriptor.full_name} is registered twice.")
            served[path] = _behaviour(registration, method, gate=gate, settings=settings)
    return served


def _behaviour(
    registration: Registration, method: MethodDescriptor, *, gate: Gate, settings: Settings
) -> Behaviour:
    inner = decoded(
        registration.rpcs[method.name], method=method, message_bytes_max=settings.message_bytes_max
    )
    step = shedding(within_deadline(authorised(inner, access=registration.access)), gate=gate)
    path = f"{registration.descriptor.full_name}/{method.name}"
    answer = _doorway(
        step,
        method=path,
        statuses=StatusTable(registration.codes),
        call_seconds_max=settings.call_seconds_max,
        log_served=_log.debug if registration.asked_by_machines else _log.info,
    )
    return measured(answer, method=path)


def _doorway(
    step: Step,
    *,
    method: str,
    statuses: StatusTable,
    call_seconds_max: float,
    log_served: Callable[..., object],
) -> Behaviour:
    async def answer(raw: bytes, context: Context) -> bytes:
        incoming = read_incoming(context, method=method, call_seconds_max=call_seconds_max)
        structlog.contextvars.bind_contextvars(
            method=method, caller=incoming.stated_caller, trace_id=incoming.trace_id
        )
        try:
            encoded = await step(raw, incoming)
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
        return encoded

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
