"""Waits until every consumer has caught up."""

import asyncio

from linli.feed.v1.consumer_pb2 import GetLagRequest, GetLagResponse
from linli.feed.v1.consumer_pb2_grpc import FactConsumerServiceStub

from services.console.calls import call
from services.console.channels import Channels
from services.console.configuration import SERVICES
from services.console.desk import Desk
from services.console.faults import StillCatchingUp, SubjectsParked

_ASK_EVERY_S = 0.1
_WAIT_MAX_S = 600
_ASKS_MAX = int(_WAIT_MAX_S / _ASK_EVERY_S)


async def wait_for_consumers(desk: Desk) -> None:
    """Wait until every fact was received and every dirty subject computed.

    Raises:
        SubjectsParked: Something could not be computed.
        StillCatchingUp: It takes longer than ten minutes.
    """
    first = await _behind(desk.channels, caller=desk.caller)
    with desk.steps.step("consumers catch up", total=max(first, 1)) as advance:
        shown = first
        for _ in range(_ASKS_MAX):
            behind = await _behind(desk.channels, caller=desk.caller)
            advance(shown - behind)
            shown = behind
            if not behind:
                return
            await asyncio.sleep(_ASK_EVERY_S)
    raise StillCatchingUp(behind=shown)


async def _behind(channels: Channels, *, caller: str) -> int:
    """Count the facts not yet applied and the subjects not yet computed, of all consumers."""
    lags = [
        await call(
            FactConsumerServiceStub(channels[consumer]).GetLag,
            GetLagRequest(consumer=consumer),
            caller=caller,
        )
        for consumer in SERVICES
    ]
    behind = sum(_behind_one(lag) for lag in lags)
    parked = sum(lag.parked_subjects for lag in lags)
    if parked and not behind:
        raise SubjectsParked(parked_subjects=parked)
    return behind


def _behind_one(lag: GetLagResponse) -> int:
    # A log that could not be asked has the head -1; the distance keeps it from looking caught up.
    facts = sum(abs(log.head_position - log.applied_position) for log in lag.lags)
    return facts + max(0, lag.dirty_subjects - lag.parked_subjects)
