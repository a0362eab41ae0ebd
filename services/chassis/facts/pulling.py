"""Pulls a log, and says in faults of our own why that does not go."""

from collections.abc import Awaitable, Callable

import grpc
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse

from services.chassis.faults import DatabaseUnavailable, LogDiverged, LogUnreachable

Pull = Callable[[PullRequest], Awaitable[PullResponse]]
"""Pulls any log; `PullRequest.log` says which. It may refuse as a server does."""


async def ask(pull: Pull, request: PullRequest) -> PullResponse:
    """Pull once.

    Raises:
        LogDiverged: The log does not hold the fact that the cursor names.
        LogUnreachable: It cannot be asked now.
    """
    try:
        return await pull(request)
    except grpc.aio.AioRpcError as error:
        # `Pull` has no other reason for this code.
        if error.code() is grpc.StatusCode.FAILED_PRECONDITION:
            raise LogDiverged(error.details()) from error
        raise LogUnreachable(_in_words(request.log, error.details()), log=request.log) from error
    except DatabaseUnavailable as error:
        raise LogUnreachable(_in_words(request.log, error.message), log=request.log) from error


def _in_words(log: str, why: str | None) -> str:
    return f"The log {log} cannot be asked now: {why or 'no reason was given'}"
