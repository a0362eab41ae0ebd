import asyncio
import socket
from collections.abc import AsyncGenerator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from services.chassis.doorbell import Doorbell
from services.chassis.facts.pulling import Pull
from services.chassis.faults import AddressUnavailable, DatabaseUnavailable, Overloaded
from services.chassis.frame import Declaration, Frame
from services.chassis.ids import new_id
from services.chassis.metrics.declared import REGISTRY
from services.chassis.metrics.readings import Readings
from services.chassis.metrics.served import metrics_served
from services.chassis.ring_broker import open_broker
from services.chassis.settings import Settings
from services.chassis.sql.database import Database
from services.chassis.sql.migrations import CHASSIS
from services.chassis.tables import installation
from tests.integration.chassis.facts.following import applier, receiver
from tests.integration.chassis.notes import WriteNote, open_database, open_door, parcel, reader, state
from tests.integration.chassis.rpc.serving import GET_JOB, REQUEST, calling, refusal, serving
from tests.integration.chassis.scraping import scrape, value
from tests.integration.databases import SECRET, ZONE, pull_from
from tests.servers.postgres import PostgresServer


def shown(name: str, **labels: str) -> float:
    """What this process shows; 0 if it shows nothing under these labels yet."""
    return REGISTRY.get_sample_value(name, labels) or 0.0


class TestThePort:
    def test_is_not_there_unless_it_is_set(self) -> None:
        with metrics_served(Settings()) as port:
            assert port is None

    def test_answers_until_the_end_of_the_block(self) -> None:
        with metrics_served(Settings(metrics_port=0)) as port:
            assert port
            assert value(scrape(port), "linli_rpc_running_calls") >= 0
        with pytest.raises(OSError, match="refused"):
            scrape(port)

    def test_that_somebody_else_has_is_refused(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with (
                pytest.raises(AddressUnavailable, match=f"Cannot listen on 127.0.0.1:{port}"),
                metrics_served(Settings(metrics_port=port)),
            ):
                pass

    def test_is_not_opened_to_a_network_that_is_not_trusted(self) -> None:
        settings = Settings(host="0.0.0.0", metrics_port=0)  # noqa: S104 - refused
        with pytest.raises(AddressUnavailable, match="trust_network"), metrics_served(settings):
            pass


class TestCalls:
    async def test_are_counted_by_what_became_of_them(self) -> None:
        codes = ("OK", "UNAUTHENTICATED", "INTERNAL", "RESOURCE_EXHAUSTED", "CANCELLED")
        before = {code: shown("linli_rpc_calls_total", method=GET_JOB, code=code) for code in codes}
        timed = shown("linli_rpc_duration_seconds_count", method=GET_JOB)
        shed = shown("linli_rpc_shed_calls_total")

        async def broken(_request: Any, _call: Any) -> Any:
            raise ZeroDivisionError

        async with serving() as target, calling(target) as jobs:
            await jobs.GetJob(REQUEST)
            await jobs.GetJob(REQUEST)
        async with serving(broken) as target, calling(target) as jobs:
            await refusal(jobs.GetJob(REQUEST))
        async with serving(calls_max=0) as target, calling(target) as jobs:
            await refusal(jobs.GetJob(REQUEST))
        grown = {c: shown("linli_rpc_calls_total", method=GET_JOB, code=c) - n for c, n in before.items()}
        assert (grown["OK"], grown["INTERNAL"], grown["CANCELLED"]) == (2, 1, 0)
        turned_away = shown("linli_rpc_shed_calls_total") - shed
        assert grown["RESOURCE_EXHAUSTED"] == turned_away >= 1
        assert shown("linli_rpc_duration_seconds_count", method=GET_JOB) - timed == sum(grown.values())

    async def test_that_their_caller_leaves_are_no_longer_running(self) -> None:
        before = shown("linli_rpc_calls_total", method=GET_JOB, code="CANCELLED")
        running = shown("linli_rpc_running_calls")
        began, never = asyncio.Event(), asyncio.Event()

        async def hang(_request: Any, _call: Any) -> Any:
            began.set()
            await never.wait()

        async with serving(hang) as target, calling(target) as jobs:
            call = asyncio.ensure_future(jobs.GetJob(REQUEST))
            await began.wait()
            assert shown("linli_rpc_running_calls") == running + 1
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
        assert shown("linli_rpc_calls_total", method=GET_JOB, code="CANCELLED") == before + 1
        assert shown("linli_rpc_running_calls") == running


@pytest.fixture
async def producer(database_url: str) -> AsyncGenerator[Database]:
    async with open_database(database_url) as database:
        yield database


@pytest.fixture
async def home(database_url: str) -> AsyncGenerator[Database]:
    async with open_database(database_url.replace("linli.db", "reader.db"), schema="reader") as database:
        yield database


class TestTheDoor:
    async def test_shows_what_went_into_a_transaction_together(self, producer: Database) -> None:
        names = ("batch_items_count", "batch_items_sum", "wait_seconds_count", "transaction_seconds_count")
        service = f"door-{new_id()}"
        door = open_door(producer, log=service)
        calls = [asyncio.create_task(door.submit(parcel(*texts))) for texts in (["a", "b"], ["c"], [""])]
        await asyncio.sleep(0)
        assert shown("linli_door_waiting_items", service=service) == 4
        running = asyncio.create_task(door.run())
        await asyncio.gather(*calls)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert [shown(f"linli_door_{name}", service=service) for name in names] == [1, 4, 3, 1]
        assert shown("linli_door_waiting_items", service=service) == 0
        assert shown("linli_door_refused_items_total", service=service, reason="NOTE_EMPTY") == 1

    async def test_counts_what_it_has_no_room_for(
        self, producer: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("services.chassis.line.ITEMS_WAITING_MAX", 1)
        service = f"door-{new_id()}"
        with pytest.raises(Overloaded):
            await open_door(producer, log=service).submit(parcel("a", "b"))
        assert shown("linli_door_refused_items_total", service=service, reason="OVERLOADED") == 2


class TestTheDatabase:
    async def test_shows_its_transactions_and_connections(self, producer: Database) -> None:
        before = {
            k: shown("linli_database_transactions_total", service="notes", kind=k) for k in ("read", "write")
        }
        async with producer.read():
            assert shown("linli_database_used_connections", service="notes") == 1
        async with producer.write():
            pass
        after = {k: shown("linli_database_transactions_total", service="notes", kind=k) for k in before}
        assert after == {kind: count + 1 for kind, count in before.items()}
        assert shown("linli_database_used_connections", service="notes") == 0


def readings(home: Database, pull: Pull, *, name: str) -> Readings:
    frame = Frame(
        declaration=Declaration(name=name, follows=("notes",), followers=(), migrations=CHASSIS),
        database=home,
        doorbell=Doorbell(open_broker(None)),
        secret=SECRET,
        zone=ZoneInfo(ZONE),
        pull=pull,
    )
    return Readings(frame)


class TestReadings:
    async def test_show_how_far_a_consumer_is_and_what_is_parked(
        self, producer: Database, home: Database
    ) -> None:
        name = f"reader-{new_id()}"
        of_log = {"service": name, "log": "notes"}
        pull = pull_from(producer)
        reading = readings(home, pull, name=name)
        await state(producer, [WriteNote(text=t, note_id=t) for t in ("good", "bad", "fine")])
        await reading.read()
        assert shown("linli_consumer_lag_facts", **of_log) == 3
        assert REGISTRY.get_sample_value("linli_consumer_complete_until_timestamp_seconds", of_log) is None

        await receiver(home, pull).drain()
        await reading.read()
        assert shown("linli_consumer_received_position", **of_log) == 3
        assert shown("linli_consumer_applied_position", **of_log) == 0
        assert shown("linli_applier_dirty_subjects", service=name) == 3

        await applier(home, reader(poison="bad")).apply_some()
        await reading.read()
        assert shown("linli_consumer_applied_position", **of_log) == 3
        assert shown("linli_consumer_lag_facts", **of_log) == 0
        assert shown("linli_consumer_complete_until_timestamp_seconds", **of_log) > 0
        assert shown("linli_applier_parked_subjects", service=name) == 1
        assert shown("linli_database_up", service=name) == 1
        assert shown("linli_consumer_log_up", **of_log) == 1

    async def test_show_a_log_that_diverged_until_it_no_longer_does(
        self, producer: Database, home: Database
    ) -> None:
        name = f"reader-{new_id()}"
        of_log = {"service": name, "log": "notes"}
        pull = pull_from(producer)
        await state(producer, [WriteNote(text="a", note_id="n")])
        await receiver(home, pull).drain()
        async with producer.read() as connection:
            log_id = (await connection.execute(installation.select())).one().log_id
        for now, diverged in (("another", 1), (log_id, 0)):
            async with producer.write() as connection:
                await connection.execute(update(installation).values(log_id=now))
            await readings(home, pull, name=name).read()
            assert shown("linli_consumer_diverged", **of_log) == diverged
            assert shown("linli_consumer_log_up", **of_log) == 1

    async def test_show_a_log_that_is_away_and_keep_what_is_known(
        self, producer: Database, home: Database
    ) -> None:
        name = f"reader-{new_id()}"
        of_log = {"service": name, "log": "notes"}
        away = False
        pull = pull_from(producer)

        async def pull_unless_away(request: Any) -> Any:
            if away:
                raise DatabaseUnavailable
            return await pull(request)

        reading = readings(home, pull_unless_away, name=name)
        await state(producer, [WriteNote(text="a", note_id="n")])
        await reading.read()
        away = True
        await reading.read()
        assert shown("linli_consumer_log_up", **of_log) == 0
        assert shown("linli_consumer_lag_facts", **of_log) == 1

    async def test_show_a_database_that_is_away_and_when_it_is_back(
        self, postgres_server: PostgresServer, postgres_url: str
    ) -> None:
        name = f"reader-{new_id()}"
        async with open_database(postgres_url, schema="reader") as home:
            reading = readings(home, pull_from(home), name=name)
            for is_up in (True, False, True):
                (postgres_server.start if is_up else postgres_server.kill)()
                await reading.read()
                assert shown("linli_database_up", service=name) == is_up
