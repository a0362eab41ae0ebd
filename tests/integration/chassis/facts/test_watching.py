import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from grpc import StatusCode
from linli.feed.v1.fact_pb2 import Cursor
from linli.feed.v1.feed_pb2 import PullRequest, WatchRequest, WatchResponse
from linli.feed.v1.feed_pb2_grpc import FactFeedServiceStub
from sqlalchemy import event

from services.chassis.bells import Broadcast
from services.chassis.call import Caller, CallerKind
from services.chassis.facts.feed import feed
from services.chassis.rpc.client import open_channel
from services.chassis.rpc.server import Server
from services.chassis.settings import Settings
from services.chassis.sql.database import CONNECTIONS_MAX, Database
from tests.integration.chassis.notes import WriteNote, state
from tests.integration.serving import refused

if TYPE_CHECKING:
    from linli.feed.v1.feed_pb2_grpc import FactFeedServiceAsyncStub

NEVER = 3600.0
"""A poll period that no test lives to see."""
SECONDS_MAX = 20.0
WATCHERS = 30
CALLER = Caller(kind=CallerKind.SERVICE, id="test")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """The log `notes` of this process."""

    database: Database
    news: Broadcast = field(default_factory=Broadcast)

    async def state(self, *texts: str) -> None:
        """State notes as this process does, which rings after the commit."""
        await state(self.database, [WriteNote(text=text) for text in texts])
        self.news.ring()


@pytest.fixture
def notes(producer: Database) -> Notes:
    return Notes(database=producer)


@asynccontextmanager
async def watching(
    notes: Notes, *, poll_seconds: float = NEVER, caller: Caller = CALLER
) -> AsyncGenerator["FactFeedServiceAsyncStub"]:
    settings = Settings(port=0, drain_seconds=1.0)
    server = Server(settings=settings, registrations=[feed({"notes": notes}, poll_seconds=poll_seconds)])
    port = await server.start()
    try:
        async with open_channel(f"127.0.0.1:{port}", caller=caller) as channel:
            yield FactFeedServiceStub(channel)
    finally:
        await server.drain()


async def read(watch: Any) -> WatchResponse:
    answer: WatchResponse = await asyncio.wait_for(watch.read(), SECONDS_MAX)
    assert isinstance(answer, WatchResponse)
    return answer


async def read_to(watch: Any, position: int) -> list[int]:
    """Read until this position has come; gives every position, in the order in which they came."""
    came: list[int] = []
    while position not in came:
        came += positions([await read(watch)])
    return came


@contextmanager
def transactions_of(database: Database) -> Iterator[list[object]]:
    """Collect the transactions that begin until the end of the block."""
    begun: list[object] = []

    def note(connection: object) -> None:
        begun.append(connection)

    event.listen(database.engine.sync_engine, "begin", note)
    try:
        yield begun
    finally:
        event.remove(database.engine.sync_engine, "begin", note)


def positions(answers: Sequence[WatchResponse]) -> list[int]:
    return [fact.position for answer in answers for fact in answer.facts]


def watch_request(**fields: Any) -> WatchRequest:
    return WatchRequest(log="notes", **fields)


class TestTheFirstMessage:
    async def test_tells_the_head_although_there_is_nothing(self, notes: Notes) -> None:
        async with watching(notes) as stub:
            first = await read(stub.Watch(watch_request()))
        assert (list(first.facts), first.head.position) == ([], 0)
        assert first.head.log_id

    async def test_has_what_follows_the_cursor(self, notes: Notes) -> None:
        await notes.state(*"abcd")
        async with watching(notes) as stub:
            pulled = await stub.Pull(PullRequest(log="notes", max_facts=2))
            last = pulled.facts[-1]
            after = Cursor(log_id=pulled.head.log_id, position=last.position, fact_id=last.fact_id)
            first = await read(stub.Watch(watch_request(after=after)))
            at_head = await read(stub.Watch(watch_request(after=first.head)))
        assert positions([first]) == [3, 4]
        assert (positions([at_head]), at_head.head) == ([], first.head)

    async def test_and_all_others_have_no_more_facts_than_wanted(self, notes: Notes) -> None:
        await notes.state(*"abcde")
        async with watching(notes) as stub:
            watch = stub.Watch(watch_request(max_facts=2))
            assert [positions([await read(watch)]) for _ in range(3)] == [[1, 2], [3, 4], [5]]


class TestFactsCommittedLater:
    async def test_come_at_once_when_this_process_states_them(self, notes: Notes) -> None:
        async with watching(notes, poll_seconds=NEVER) as stub:
            watches = [stub.Watch(watch_request()) for _ in range(3)]
            for watch in watches:
                await read(watch)
            for position, text in enumerate("abc", start=1):
                await notes.state(text)
                assert [positions([await read(watch)]) for watch in watches] == [[position]] * 3

    async def test_are_read_once_for_all_who_wait(self, notes: Notes) -> None:
        async with watching(notes) as stub:
            watches = [stub.Watch(watch_request()) for _ in range(WATCHERS)]
            for watch in watches:
                await read(watch)
            with transactions_of(notes.database) as begun:
                await notes.state("a")
                assert [positions([await read(watch)]) for watch in watches] == [[1]] * WATCHERS
        assert len(begun) < WATCHERS // 3

    async def test_come_once_a_poll_period_when_another_process_states_them(self, notes: Notes) -> None:
        async with watching(notes, poll_seconds=0.05) as stub:
            watch = stub.Watch(watch_request())
            await read(watch)
            await state(notes.database, [WriteNote(text="a")])
            assert positions([await read(watch)]) == [1]

    async def test_come_in_order_and_once_with_many_writers(self, notes: Notes) -> None:
        count = 60
        async with watching(notes) as stub:
            watch = stub.Watch(watch_request(max_facts=7))
            writing = [asyncio.create_task(notes.state(f"note {n}")) for n in range(count)]
            came = await read_to(watch, count)
            await asyncio.gather(*writing)
        assert came == list(range(1, count + 1))

    async def test_go_on_where_the_caller_stopped(self, notes: Notes) -> None:
        async with watching(notes) as stub:
            watch = stub.Watch(watch_request())
            await read(watch)
            await notes.state("a")
            head = (await read(watch)).head
            watch.cancel()
            await notes.state("b")
            assert positions([await read(stub.Watch(watch_request(after=head)))]) == [2]


class TestAWatch:
    async def test_is_refused_where_the_cursor_names_another_fact(self, notes: Notes) -> None:
        await notes.state("a")
        strangers = (
            Cursor(log_id="another"),
            Cursor(position=1, fact_id="another"),
            Cursor(position=9, fact_id="to come"),
        )
        async with watching(notes) as stub:
            for after in strangers:
                refusal = await refused(stub.Watch(watch_request(after=after)).read())
                assert (refusal.code, refusal.reason) == (StatusCode.FAILED_PRECONDITION, "LOG_DIVERGED")

    async def test_is_refused_for_a_log_that_is_not_here(self, notes: Notes) -> None:
        async with watching(notes) as stub:
            refusal = await refused(stub.Watch(WatchRequest(log="other")).read())
        assert (refusal.code, refusal.reason) == (StatusCode.NOT_FOUND, "LOG_UNKNOWN")

    async def test_is_for_services(self, notes: Notes) -> None:
        person = Caller(kind=CallerKind.MEMBER, id="m1")
        async with watching(notes, caller=person) as stub:
            refusal = await refused(stub.Watch(watch_request()).read())
        assert refusal.code is StatusCode.PERMISSION_DENIED

    async def test_holds_no_connection_while_it_waits(self, notes: Notes) -> None:
        async with watching(notes) as stub:
            watches = [stub.Watch(watch_request()) for _ in range(3 * CONNECTIONS_MAX)]
            for watch in watches:
                await read(watch)
            await stub.Pull(PullRequest(log="notes"))
            assert notes.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
