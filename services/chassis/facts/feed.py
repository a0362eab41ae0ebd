"""Serves `FactFeedService`: one registration per server, routed by the log that a request names."""

from collections.abc import AsyncGenerator, Mapping
from typing import Protocol

from linli.feed.v1 import feed_pb2
from linli.feed.v1.fact_pb2 import Cursor
from linli.feed.v1.feed_pb2 import (
    GetHeadRequest,
    GetHeadResponse,
    PullRequest,
    PullResponse,
    WatchRequest,
    WatchResponse,
)

from services.chassis.bells import Broadcast
from services.chassis.call import Call
from services.chassis.facts.log import FACTS_PER_PULL_MAX, Page, read_after, read_head
from services.chassis.facts.reading_together import SharedReads
from services.chassis.faults import LogUnknown
from services.chassis.rpc.access import Access
from services.chassis.rpc.table import Registration, Rpc
from services.chassis.sql.database import Database

SERVICE = feed_pb2.DESCRIPTOR.services_by_name["FactFeedService"]
FACTS_PER_PULL_DEFAULT = 500
POLL_SECONDS = 2.0
"""A log that other processes write too is looked at so often, whether it was said to have news or not."""


class Log(Protocol):
    """A service's log, as its frame has it."""

    @property
    def database(self) -> Database: ...

    @property
    def news(self) -> Broadcast:
        """Rings when facts were committed."""


def feed(logs: Mapping[str, Log], *, poll_seconds: float = POLL_SECONDS) -> Registration:
    """Serve the logs of these services, by name."""
    reads = SharedReads()

    def log_of(name: str) -> Log:
        if name not in logs:
            raise LogUnknown(log=name, known=", ".join(sorted(logs)))
        return logs[name]

    async def get_head(request: GetHeadRequest, _call: Call) -> GetHeadResponse:
        async with log_of(request.log).database.read() as connection:
            return GetHeadResponse(head=await read_head(connection))

    async def pull(request: PullRequest, _call: Call) -> PullResponse:
        async with log_of(request.log).database.read() as connection:
            page = await read_after(connection, request.after, facts_max=_facts_max(request.max_facts))
        return PullResponse(facts=page.facts, head=page.head)

    async def watch(request: WatchRequest, _call: Call) -> AsyncGenerator[WatchResponse]:
        log = log_of(request.log)
        after = request.after
        is_first = True
        # It listens before it reads, so that no commit falls between, and holds no connection while it waits.
        with log.news.listening() as bell:
            while True:
                page = await reads.read(log.database, after, facts_max=_facts_max(request.max_facts))
                if page.facts or is_first:
                    yield WatchResponse(facts=page.facts, head=page.head)
                is_first = False
                after = _last_of(page, after)
                if after.position == page.head.position:
                    await bell.wait(seconds=poll_seconds)

    rpcs: dict[str, Rpc] = {"GetHead": get_head, "Pull": pull, "Watch": watch}
    return Registration(
        descriptor=SERVICE,
        rpcs=rpcs,
        access={f"{SERVICE.full_name}/{name}": Access.SERVICE for name in rpcs},
        asked_by_machines=True,
    )


def _facts_max(wanted: int) -> int:
    return min(wanted or FACTS_PER_PULL_DEFAULT, FACTS_PER_PULL_MAX)


def _last_of(page: Page, after: Cursor) -> Cursor:
    """Name the last fact of a page, or the one it follows; the log by its id either way."""
    if not page.facts:
        return Cursor(log_id=page.head.log_id, position=after.position, fact_id=after.fact_id)
    last = page.facts[-1]
    return Cursor(log_id=page.head.log_id, position=last.position, fact_id=last.fact_id)
