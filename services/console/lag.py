"""How far every consumer is with the logs it follows, as `linli status` and `linli facts lag` show it."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from grpc import aio
from linli.feed.v1.consumer_pb2 import GetLagRequest, Lag, LogStanding
from linli.feed.v1.consumer_pb2_grpc import FactConsumerServiceStub
from rich.console import Console
from rich.table import Table

from services.chassis.call import Caller, CallerKind
from services.chassis.settings import Settings
from services.console.answering import answering
from services.console.calls import call
from services.console.configuration import SERVICES, find_targets

OPERATOR: Final = Caller(kind=CallerKind.SERVICE, id="linli-cli")
FOLLOWING: Final = "following"
DIVERGED: Final = "diverged"
ALARM: Final = "bold red"
LOOK_S: Final = 3.0
"""How long somebody who looks waits for a database that is away; that it is away is the answer then."""

Found = Mapping[str, Mapping[str, Any]]
"""By consumer: what `read_lag` gives."""


async def show_lag(settings: Settings, *, consumer: str | None, as_json: bool) -> bool:
    """Print how far one consumer, or every one, is.

    Returns:
        Whether every log is followed and no subject is parked. Being behind is no harm: it passes.

    Raises:
        CallRefused: The server does not answer.
        ServerNotFound: There is none.
    """
    chosen = SERVICES if consumer is None else (consumer,)
    async with answering(find_targets(settings), caller=OPERATOR, only=chosen) as channels:
        found = {each: await read_lag(channels[each], each) for each in chosen}
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print_lag(Console(), found)
    return not any(troubles(found))


async def read_lag(channel: aio.Channel, consumer: str) -> dict[str, Any]:
    """Read how far one consumer is with each log it follows, and what waits."""
    request = GetLagRequest(consumer=consumer)
    get_lag = FactConsumerServiceStub(channel).GetLag
    found = await call(get_lag, request, caller=str(OPERATOR), restart_s=LOOK_S)
    return {
        "dirty_subjects": found.dirty_subjects,
        "parked_subjects": found.parked_subjects,
        "follows": {lag.log: _of_log(lag) for lag in found.lags},
    }


def print_lag(console: Console, found: Found) -> None:
    """Print a table of figures, and below it what a person has to do."""
    table = Table("consumer", "log", "standing", "head", "received", "applied", "lag", title="Consumers")
    for column in table.columns[3:]:
        column.justify = "right"
    for consumer, of_consumer in found.items():
        for log, lag in of_consumer["follows"].items():
            figures = [lag[key] for key in ("head_position", "received_position", "applied_position", "lag")]
            shown = ["?" if figure is None else f"{figure:,}" for figure in figures]
            standing = lag["standing"]
            style = None if standing == FOLLOWING else ALARM
            table.add_row(consumer, log, standing if style is None else standing.upper(), *shown, style=style)
    console.print(table)
    for trouble in troubles(found):
        console.print(trouble, style=ALARM, markup=False)


def troubles(found: Found) -> Iterator[str]:
    """Say what is wrong, a sentence each, and what to do."""
    for consumer, of_consumer in found.items():
        for log, lag in of_consumer["follows"].items():
            if lag["standing"] != FOLLOWING:
                yield f"{consumer} does not follow the log {log}. {lag['reason']}"
            if lag["standing"] == DIVERGED:
                yield f"`linli facts rejoin {consumer} {log} --dry-run` says what it takes to mend that."
        if parked := of_consumer["parked_subjects"]:
            yield f"{consumer} has {parked:,} parked subjects; `linli facts parked {consumer}` names them."


def _of_log(lag: Lag) -> dict[str, Any]:
    is_known = lag.standing != LogStanding.LOG_STANDING_UNREACHABLE
    is_followed = lag.standing == LogStanding.LOG_STANDING_FOLLOWING
    return {
        "standing": LogStanding.Name(lag.standing).removeprefix("LOG_STANDING_").lower(),
        "reason": lag.reason,
        "head_position": lag.head_position if is_known else None,
        "received_position": lag.received_position,
        "applied_position": lag.applied_position,
        # Positions of a log that went back, and those kept of it, are not of the same facts.
        "lag": lag.head_position - lag.applied_position if is_followed else None,
    }
