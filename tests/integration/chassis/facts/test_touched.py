from collections.abc import AsyncGenerator

import pytest
from google.protobuf.wrappers_pb2 import StringValue
from linli.feed.v1.fact_pb2 import Fact, Subject

from services.chassis.facts.consumer import Consumer
from services.chassis.facts.received import store
from services.chassis.facts.touched import read_touched
from services.chassis.sql.database import Database
from tests.integration.chassis.notes import open_database, reader


@pytest.fixture
async def home(database_url: str) -> AsyncGenerator[Database]:
    async with open_database(database_url) as database:
        yield database


def fact(position: int, *, revision: int, names: list[str]) -> Fact:
    body = StringValue(value="x")
    stated = Fact(fact_id=f"f{position}", log="notes", position=position, record_id="r", revision=revision)
    stated.subjects.extend(Subject(kind=name.partition(":")[0], id=name.partition(":")[2]) for name in names)
    stated.body.Pack(body)
    return stated


async def touched(home: Database, consumer: Consumer, *facts: Fact) -> dict[str, int]:
    async with home.write() as connection:
        await store(connection, "notes", facts)
        return await read_touched(connection, consumer, "notes", facts)


class TestAFactTouches:
    async def test_whom_it_names_of_the_kinds_that_are_computed(self, home: Database) -> None:
        found = await touched(home, reader(), fact(1, revision=1, names=["note:ann", "page:1"]))
        assert found == {"note:ann": 1}

    async def test_whom_an_earlier_revision_of_its_record_named(self, home: Database) -> None:
        await touched(home, reader(), fact(1, revision=1, names=["note:ann"]))
        found = await touched(home, reader(), fact(2, revision=2, names=["note:bob"]))
        assert found == {"note:ann": 2, "note:bob": 2}

    async def test_each_from_the_first_position_on(self, home: Database) -> None:
        first, second = (fact(position, revision=position, names=["note:ann"]) for position in (4, 5))
        assert await touched(home, reader(), second, first) == {"note:ann": 4}

    async def test_only_itself_when_it_is_not_understood(self, home: Database) -> None:
        nobody = Consumer(
            name="reader", logs=("notes",), bodies={}, kinds=frozenset({"note"}), apply=reader().apply
        )
        assert await touched(home, nobody, fact(1, revision=1, names=["note:ann"])) == {"fact:notes/r": 1}
