"""`FactConsumerService` as operators call it, on a real socket."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from linli.feed.v1 import consumer_pb2 as pb
from linli.feed.v1.consumer_pb2_grpc import FactConsumerServiceStub
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse

from services.chassis.call import Caller, CallerKind
from services.chassis.facts.consumer import Consumer
from services.chassis.facts.operating import consumers
from services.chassis.facts.pulling import Pull
from services.chassis.faults import DatabaseUnavailable
from services.chassis.frame import Declaration, Frame, Rooms
from services.chassis.rpc.client import open_channel
from services.chassis.sql.database import Database
from services.chassis.sql.migrations import Stream
from tests.integration.chassis.facts.following import receiver
from tests.integration.chassis.notes import WriteNote, reader, state
from tests.integration.databases import pull_from
from tests.integration.restoring import back_up
from tests.integration.serving import Refusal, refused, running

if TYPE_CHECKING:
    from linli.feed.v1.consumer_pb2_grpc import FactConsumerServiceAsyncStub

CONSUMER: Consumer = reader()
DECLARATION = Declaration(
    name=CONSUMER.name,
    follows=CONSUMER.logs,
    followers=(),
    migrations=Stream(name=CONSUMER.name, folder=Path("nowhere")),
)


@asynccontextmanager
async def operating(home: Database, pull: Pull) -> AsyncGenerator["FactConsumerServiceAsyncStub"]:
    def bootstrap(frame: Frame) -> Rooms:
        furnished = Rooms(registrations=[], consumer=CONSUMER, checks=[])
        registration = consumers({frame.name: frame}, {frame.name: furnished})
        return Rooms(registrations=[registration], consumer=CONSUMER, checks=[])

    caller = Caller(kind=CallerKind.SERVICE, id="test")
    async with (
        running(DECLARATION, bootstrap, database=home, pull=pull) as service,
        open_channel(service.target, caller=caller) as channel,
    ):
        yield FactConsumerServiceStub(channel)


async def standing(stub: "FactConsumerServiceAsyncStub") -> pb.Lag:
    answer = await stub.GetLag(pb.GetLagRequest(consumer="reader"))
    (lag,) = answer.lags
    return lag


@pytest.fixture
async def diverged(producer: Database, home: Database) -> Pull:
    """Five facts are followed, of which two are lost; one other is stated instead."""
    pull = pull_from(producer)
    await state(producer, [WriteNote(text=f"kept {n}", note_id=f"kept{n}") for n in range(3)])
    restore = await back_up(producer)
    await state(producer, [WriteNote(text=f"lost {n}", note_id=f"lost{n}") for n in range(2)])
    await receiver(home, pull).drain()
    await restore()
    await state(producer, [WriteNote(text="other")])
    return pull


async def test_a_log_that_is_followed_has_no_reason(producer: Database, home: Database) -> None:
    await state(producer, [WriteNote(text="a")])
    async with operating(home, pull_from(producer)) as stub:
        lag = await standing(stub)
    assert (lag.standing, lag.reason, lag.head_position) == (pb.LOG_STANDING_FOLLOWING, "", 1)


async def test_a_log_that_cannot_be_asked_is_told_with_the_reason(home: Database) -> None:
    async def nobody(_request: PullRequest) -> PullResponse:
        raise DatabaseUnavailable

    async with operating(home, nobody) as stub:
        lag = await standing(stub)
    assert (lag.standing, lag.head_position) == (pb.LOG_STANDING_UNREACHABLE, -1)
    assert "cannot be asked" in lag.reason


async def test_a_log_that_went_back_is_told_until_it_is_rejoined(home: Database, diverged: Pull) -> None:
    request = pb.RejoinRequest(consumer="reader", log="notes")
    async with operating(home, diverged) as stub:
        lag = await standing(stub)
        assert (lag.standing, lag.head_position, lag.received_position) == (pb.LOG_STANDING_DIVERGED, 4, 5)
        assert "restored" in lag.reason
        request.dry_run = True
        dry = await stub.Rejoin(request)
        request.dry_run = False
        assert await stub.Rejoin(request) == dry
        assert (dry.common_position, dry.facts_dropped) == (3, 2)
        assert (dry.records_touched, dry.subjects_touched) == (2, 2)
        assert (await standing(stub)).standing == pb.LOG_STANDING_FOLLOWING
        again = await refused(stub.Rejoin(request))
    assert again == Refusal(code=grpc.StatusCode.FAILED_PRECONDITION, reason="NOT_DIVERGED", fields=())


async def test_what_is_unknown_is_not_found(home: Database, diverged: Pull) -> None:
    async with operating(home, diverged) as stub:
        consumer = await refused(stub.Rejoin(pb.RejoinRequest(consumer="nobody", log="notes")))
        log = await refused(stub.Rejoin(pb.RejoinRequest(consumer="reader", log="poems")))
    assert (consumer.code, consumer.reason) == (grpc.StatusCode.NOT_FOUND, "CONSUMER_UNKNOWN")
    assert (log.code, log.reason) == (grpc.StatusCode.NOT_FOUND, "LOG_NOT_FOLLOWED")
