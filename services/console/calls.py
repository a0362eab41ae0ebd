"""Calls the server through the generated stubs, and turns what it refuses into one clear message."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc import aio

from services.chassis.faults import DatabaseUnavailable
from services.chassis.rpc.localized import LANGUAGE_KEY
from services.chassis.texts import current_language
from services.console.faults import CallRefused

TIMEOUT_S = 120.0
"""Of one call; reads of computed data may wait for the consumers that long."""
RESTART_S = 60.0
"""How long a command waits for a database that was there, as one that recovers from a crash."""
_ASK_AGAIN_S = 0.5
PAGE_SIZE = 1_000
PAGES_MAX = 10_000

Request = TypeVar("Request")
Response = TypeVar("Response")
Row = TypeVar("Row")


class Page(Protocol):
    @property
    def next_page_token(self) -> str: ...


PageResponse = TypeVar("PageResponse", bound=Page)


async def call(
    rpc: aio.UnaryUnaryMultiCallable[Request, Response],
    request: Request,
    *,
    caller: str,
    restart_s: float = RESTART_S,
) -> Response:
    """Make one call in the name of a caller.

    Args:
        rpc: Of a stub.
        request: The same is sent again while something is being started again.
        caller: Stated on the call.
        restart_s: How long a server or a database that its supervisor starts again is waited for.

    Raises:
        CallRefused: With the server's reason and message.
    """
    give_up_at = time.monotonic() + restart_s
    while True:
        try:
            return await rpc(
                request,
                timeout=TIMEOUT_S,
                metadata=(("linli-caller", caller), (LANGUAGE_KEY, current_language.get())),
                wait_for_ready=True,
            )
        except aio.AioRpcError as error:
            if not _comes_back(error) or time.monotonic() > give_up_at:
                status = _status(error)
                raise CallRefused(
                    f"{type(request).__name__}: {reason(status) or error.code().name}: {status.message}",
                    reason=reason(status),
                    status=status,
                ) from error
        await asyncio.sleep(_ASK_AGAIN_S)


def _comes_back(error: Exception) -> bool:
    """Say whether a call failed because something is being started again; the same request is sent again."""
    if not isinstance(error, aio.AioRpcError) or error.code() is not grpc.StatusCode.UNAVAILABLE:
        return False
    return reason(_status(error)) in {"", DatabaseUnavailable.reason}


async def every(
    rpc: aio.UnaryUnaryMultiCallable[Request, PageResponse],
    ask: Callable[..., Request],
    *,
    rows: Callable[[PageResponse], Iterable[Row]],
    caller: str,
    **filters: Any,
) -> list[Row]:
    """Read a list to its end."""
    found: list[Row] = []
    token = ""
    for _ in range(PAGES_MAX):
        page = await call(rpc, ask(page_size=PAGE_SIZE, page_token=token, **filters), caller=caller)
        found += rows(page)
        token = page.next_page_token
        if not token:
            return found
    raise CallRefused(f"{ask.__name__}: more than {PAGES_MAX} pages.")


def reason(status: Status) -> str:
    """Give the stable reason of a refusal; empty if it has none."""
    return next((info.reason for info in _infos(status.details)), "")


def _infos(details: Iterable[AnyMessage]) -> Iterable[ErrorInfo]:
    for detail in details:
        info = ErrorInfo()
        if detail.Unpack(info):
            yield info


def _status(error: aio.AioRpcError) -> Status:
    # The stubs call the metadata a tuple; it is a mapping of many values.
    trailing: Any = error.trailing_metadata()
    details = trailing.get("grpc-status-details-bin") if trailing else None
    if details:
        return Status.FromString(details)
    return Status(code=_number(error.code()), message=error.details() or "")


def _number(code: grpc.StatusCode) -> int:
    return int(code.value[0])
