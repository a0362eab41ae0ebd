"""M1: a file of 100,000 members through `linli serve`, new and then once more; once, for it takes long."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from linli.members.v1.member_pb2 import MEMBER_TYPE_IN_SERVICE, ImportMembersRequest, MemberRow
from linli.members.v1.member_pb2_grpc import MemberServiceStub
from linli.members.v1.organisation_pb2 import BatchCreateWorkUnitsRequest, CreateWorkUnitRequest
from linli.members.v1.organisation_pb2_grpc import OrganisationServiceStub

from services.console.demo.names import person
from tests.benchmarks.bench import Bench
from tests.benchmarks.figures import Figure, at_most
from tests.journeys.linli import Served, served

ROW: Final = "M1"
ROWS: Final = 100_000
ROWS_A_BATCH: Final = 1_000
BATCHES_AT_ONCE: Final = 2
"""So that the server reads one while the database writes another."""
WORK_UNITS: Final = 50
CALLER: Final = (("linli-caller", "service:benchmark"),)
CALL_SECONDS_MAX: Final = 60.0
SINCE: Final = Timestamp(seconds=1_735_689_600)
SECONDS_MAX: Final = 30
KIB: Final = 1024
NAMES: Final = [person(Random(number)) for number in range(5_000)]
SERVICES: Final = ("MEMBERS", "EVENTS", "POINTS")


async def measure(bench: Bench) -> list[Figure]:
    figures = await _through(bench, "SQLite", {})
    with bench.fresh_database() as url:
        found_at = {f"LINLI_{service}_DATABASE_URL": url for service in SERVICES}
        figures += await _through(bench, "PostgreSQL", found_at)
    return figures


async def _through(bench: Bench, database: str, settings: dict[str, str]) -> list[Figure]:
    count = bench.pace.of(ROWS)
    with served(bench.fresh_folder(f"import-{database}"), extra=settings) as server:
        async with grpc.aio.insecure_channel(server.target) as channel:
            await _add_work_units(channel)
            bench.pace.say(f"{count} rows into {database}")
            new = await _send(channel, count, sending="first")
            bench.pace.say(f"the same rows into {database}")
            known = await _send(channel, count, sending="second")
        peak = _peak_mib(server)
    bar = at_most(SECONDS_MAX) if count == ROWS else None
    of = f"{count:,} members into {database}"
    return [
        Figure(row=ROW, what=f"{of}, new", values=(new,), unit="s", bar=bar),
        Figure(row=ROW, what=f"{of}, all of them known", values=(known,), unit="s"),
        Figure(row=ROW, what=f"{of}: most memory of the server", values=(peak,), unit="MiB"),
    ]


async def _send(channel: grpc.aio.Channel, count: int, *, sending: str) -> float:
    """Send all rows; gives the seconds from the first to the last answer."""
    stub = MemberServiceStub(channel)
    room = asyncio.Semaphore(BATCHES_AT_ONCE)

    async def send(request: ImportMembersRequest) -> None:
        try:
            answer = await stub.ImportMembers(request, metadata=CALLER, timeout=CALL_SECONDS_MAX)
        finally:
            room.release()
        refused = [result for result in answer.results if not result.HasField("written")]
        assert not refused, refused[0]

    began = time.perf_counter()
    async with asyncio.TaskGroup() as sent:
        for request in _batches(count, sending):
            await room.acquire()
            sent.create_task(send(request))
    return time.perf_counter() - began


def _batches(count: int, sending: str) -> Iterator[ImportMembersRequest]:
    for start in range(0, count, ROWS_A_BATCH):
        numbers = range(start, min(start + ROWS_A_BATCH, count))
        yield ImportMembersRequest(items=[_row(number, sending) for number in numbers])


def _row(number: int, sending: str) -> MemberRow:
    row = MemberRow(
        request_id=f"{sending}-{number}",
        code=f"M{number:06}",
        name=NAMES[number % len(NAMES)],
        member_type=MEMBER_TYPE_IN_SERVICE,
        work_unit_code=f"U{number % WORK_UNITS}",
        phone=f"138{number:08}",
        skills=["first-aid"],
        occurred_at=SINCE,
    )
    row.external_ids.add(system="hr", value=f"{number:06}")
    return row


async def _add_work_units(channel: grpc.aio.Channel) -> None:
    items = [
        CreateWorkUnitRequest(request_id=f"unit-{number}", code=f"U{number}", name=f"单位{number}")
        for number in range(WORK_UNITS)
    ]
    stub = OrganisationServiceStub(channel)
    await stub.BatchCreateWorkUnits(
        BatchCreateWorkUnitsRequest(items=items), metadata=CALLER, timeout=CALL_SECONDS_MAX
    )


def _peak_mib(server: Served) -> float:
    status = Path(f"/proc/{server.process.pid}/status").read_text("ascii", errors="replace")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / KIB
