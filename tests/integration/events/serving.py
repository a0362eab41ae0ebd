"""The events service on a real socket, following a real log of `members`."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from linli.events.v1.activity_pb2_grpc import ActivityServiceStub
from linli.events.v1.wish_pb2_grpc import WishServiceStub
from linli.feed.v1.fact_pb2 import Fact
from linli.feed.v1.feed_pb2_grpc import FactFeedServiceStub

from services.chassis.call import Caller, CallerKind
from services.chassis.facts import log
from services.chassis.rpc.client import open_channel
from services.chassis.sql.database import Database
from services.events.bootstrap import DECLARATION, bootstrap
from tests.integration.databases import opened, pull_from
from tests.integration.events.neighbourhood import Neighbourhood
from tests.integration.serving import running

if TYPE_CHECKING:
    from linli.events.v1.activity_pb2_grpc import ActivityServiceAsyncStub
    from linli.events.v1.wish_pb2_grpc import WishServiceAsyncStub
    from linli.feed.v1.feed_pb2_grpc import FactFeedServiceAsyncStub


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The stubs of the service, in the name of one caller."""

    activities: "ActivityServiceAsyncStub"
    wishes: "WishServiceAsyncStub"
    feed: "FactFeedServiceAsyncStub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The log of `members`."""

    database: Database

    async def tell(self, facts: Sequence[Fact]) -> int:
        """Append facts; gives the position of the last."""
        async with self.database.write() as connection:
            return await log.append(connection, facts, log="members", dialect=self.database.dialect)


@asynccontextmanager
async def open_register(url: str) -> AsyncGenerator[Register]:
    """Make the database of `members`: another file, or another schema."""
    async with opened(url.replace("linli.db", "members.db"), schema="members") as database:
        yield Register(database=database)


@asynccontextmanager
async def serving(neighbourhood: Neighbourhood, register: Register) -> AsyncGenerator[str]:
    """Serve; gives the address."""
    pull = pull_from(register.database)
    async with running(DECLARATION, bootstrap, database=neighbourhood.database, pull=pull) as service:
        yield service.target


@asynccontextmanager
async def calling(target: str, caller: str) -> AsyncGenerator[Client]:
    kind, _, name = caller.partition(":")
    async with open_channel(target, caller=Caller(kind=CallerKind(kind), id=name)) as channel:
        yield Client(
            activities=ActivityServiceStub(channel),
            wishes=WishServiceStub(channel),
            feed=FactFeedServiceStub(channel),
        )
