"""Channels to Linli's servers, for the generated stubs.

    async with open_channel("127.0.0.1:50051", caller=caller) as channel:
        answer = await GridServiceStub(channel).GetNode(request)

Every call says who calls, and every unary one has a deadline. UNAVAILABLE, and nothing else, is tried again:
the same request, whose request id keeps it from taking effect twice. A stream that has begun is not.
"""

import json
import math
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import grpc
from grpc.aio import (
    ClientCallDetails,
    Metadata,
    StreamUnaryClientInterceptor,
    UnaryStreamClientInterceptor,
    UnaryUnaryClientInterceptor,
)

from services.chassis.call import Caller, current_call
from services.chassis.ids import new_id
from services.chassis.rpc.incoming import CALLER_KEY, TRACE_KEY
from services.chassis.settings import MESSAGE_BYTES_MAX

CALL_SECONDS_DEFAULT: Final = 30.0
ATTEMPTS_MAX: Final = 5

# A timeout of 0 would mean none to grpc.
_SECONDS_MIN: Final = 0.001

_SERVICE_CONFIG: Final = {
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": ATTEMPTS_MAX,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}

_OPTIONS: Final = (
    ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
    # By default a server that was down for a while is looked for every two minutes only.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
)

_Continuation: TypeAlias = Callable[[ClientCallDetails, Any], Any]


def open_channel(
    target: str,
    /,
    *,
    caller: Caller,
    call_seconds_default: float = CALL_SECONDS_DEFAULT,
    message_bytes_max: int = MESSAGE_BYTES_MAX,
) -> grpc.aio.Channel:
    """Open a channel; close it, or use it as a context.

    Args:
        target: Host and port.
        caller: Stated on every call that does not carry `linli-caller` itself.
        call_seconds_default: The deadline of unary calls that set none; a stream without one has none.
        message_bytes_max: The largest message sent or taken.
    """
    return grpc.aio.insecure_channel(
        target,
        options=[
            *_OPTIONS,
            ("grpc.max_receive_message_length", message_bytes_max),
            ("grpc.max_send_message_length", message_bytes_max),
        ],
        interceptors=[
            each(caller=caller, call_seconds_default=call_seconds_default)  # type: ignore[misc] # stubs
            for each in (_StatingUnaryUnary, _StatingUnaryStream, _StatingStreamUnary)
        ],
    )


class _Stating:
    """States caller, trace id and deadline; the latter two are of the call being answered, if one is."""

    def __init__(self, *, caller: Caller, call_seconds_default: float) -> None:
        self._caller = str(caller)
        self._call_seconds_default = call_seconds_default

    def _stated(
        self, details: ClientCallDetails, *, seconds_default: float | None = None
    ) -> ClientCallDetails:
        within = current_call.get()
        metadata = Metadata(*(details.metadata or ()))
        if CALLER_KEY not in metadata:
            metadata.add(CALLER_KEY, self._caller)
        if TRACE_KEY not in metadata:
            metadata.add(TRACE_KEY, within.trace_id if within else new_id())
        seconds = seconds_default if details.timeout is None else details.timeout
        if within and math.isfinite(within.deadline):
            seconds = within.seconds_left if seconds is None else min(seconds, within.seconds_left)
        return ClientCallDetails(
            method=details.method,
            timeout=None if seconds is None else max(seconds, _SECONDS_MIN),
            metadata=metadata,
            credentials=details.credentials,
            wait_for_ready=details.wait_for_ready,
        )


# grpc takes an interceptor for one form of RPC only, so there is one for each.


class _StatingUnaryUnary(_Stating, UnaryUnaryClientInterceptor):  # type: ignore[type-arg] # as in the stubs
    async def intercept_unary_unary(
        self, continuation: _Continuation, client_call_details: ClientCallDetails, request: object
    ) -> Any:
        stated = self._stated(client_call_details, seconds_default=self._call_seconds_default)
        return await continuation(stated, request)


class _StatingUnaryStream(_Stating, UnaryStreamClientInterceptor):  # type: ignore[type-arg] # as in the stubs
    async def intercept_unary_stream(
        self, continuation: _Continuation, client_call_details: ClientCallDetails, request: object
    ) -> Any:
        return await continuation(self._stated(client_call_details), request)


class _StatingStreamUnary(_Stating, StreamUnaryClientInterceptor):  # type: ignore[type-arg] # as in the stubs
    async def intercept_stream_unary(
        self, continuation: _Continuation, client_call_details: ClientCallDetails, request_iterator: Any
    ) -> Any:
        return await continuation(self._stated(client_call_details), request_iterator)
