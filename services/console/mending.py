"""What an operator does about facts: look at parked subjects, try them again, rejoin a log that diverged."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from linli.feed.v1.consumer_pb2 import ListParkedRequest, ParkedSubject, RejoinRequest, ReplayRequest
from linli.feed.v1.consumer_pb2_grpc import FactConsumerServiceStub
from rich.console import Console
from rich.table import Table

from services.chassis.settings import Settings
from services.console.answering import answering
from services.console.calls import call, every
from services.console.configuration import find_targets
from services.console.lag import OPERATOR

CALLER = str(OPERATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """Which consumer is to go back in which log."""

    consumer: str
    log: str
    accept_log_id: str
    """The id of the log that replaced the one that was kept; empty if none did."""
    dry_run: bool


async def show_parked(settings: Settings, *, consumer: str, as_json: bool) -> None:
    """Print every subject that could not be computed.

    Raises:
        CallRefused: The server does not answer.
        ServerNotFound: There is none.
    """
    async with answering(find_targets(settings), caller=OPERATOR, only=[consumer]) as channels:
        parked = await every(
            FactConsumerServiceStub(channels[consumer]).ListParked,
            ListParkedRequest,
            rows=lambda page: page.parked,
            caller=CALLER,
            consumer=consumer,
        )
    if as_json:
        print(json.dumps([_of_parked(each) for each in parked], ensure_ascii=False, indent=2))
        return
    table = Table("subject", "attempts", "next attempt", "error", title=f"Parked subjects of {consumer}")
    for each in parked:
        found = _of_parked(each)
        table.add_row(found["subject"], str(found["attempts"]), found["retry_at"], found["error"])
    Console().print(table if parked else f"{consumer} has no parked subject.")


async def replay(settings: Settings, *, consumer: str, subjects: Sequence[str], as_json: bool) -> None:
    """Try parked subjects again; without names, all of them.

    Raises:
        CallRefused: The server does not answer.
        ServerNotFound: There is none.
    """
    async with answering(find_targets(settings), caller=OPERATOR, only=[consumer]) as channels:
        stub = FactConsumerServiceStub(channels[consumer])
        request = ReplayRequest(consumer=consumer, subjects=subjects)
        replayed = (await call(stub.Replay, request, caller=CALLER)).replayed
    if as_json:
        print(json.dumps({"replayed": replayed}))
        return
    asked_for = f" of the {len(subjects):,} named" if subjects else ""
    print(f"{replayed:,}{asked_for} are parked and are tried again now.")


async def rejoin(settings: Settings, going: Going, *, as_json: bool) -> None:
    """Go back to the last fact that a log and its consumer both hold, and print what that drops.

    Raises:
        CallRefused: There is nothing to mend, the log was replaced, or the server does not answer.
        ServerNotFound: There is none.
    """
    request = RejoinRequest(
        consumer=going.consumer, log=going.log, accept_log_id=going.accept_log_id, dry_run=going.dry_run
    )
    async with answering(find_targets(settings), caller=OPERATOR, only=[going.consumer]) as channels:
        rejoined = await call(
            FactConsumerServiceStub(channels[going.consumer]).Rejoin, request, caller=CALLER
        )
    if as_json:
        found = {field.name: getattr(rejoined, field.name) for field in rejoined.DESCRIPTOR.fields}
        print(json.dumps({"dry_run": going.dry_run, **found}, indent=2))
        return
    goes, drops = ("would go", "would be") if going.dry_run else ("went", "were")
    print(
        f"{going.consumer} {goes} back to position {rejoined.common_position:,} of the log {going.log} "
        f"({rejoined.log_id}): {rejoined.facts_dropped:,} facts about {rejoined.records_touched:,} records "
        f"{drops} dropped, {rejoined.subjects_touched:,} subjects computed anew."
    )


def _of_parked(parked: ParkedSubject) -> dict[str, Any]:
    return {
        "subject": parked.subject,
        "error": parked.error,
        "attempts": parked.attempts,
        "retry_at": parked.retry_at.ToJsonString(),
    }
