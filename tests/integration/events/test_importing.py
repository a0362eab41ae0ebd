"""Confirmations as rows of a stream, on a real socket and both databases."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from typing import Any

import pytest
from grpc import StatusCode
from linli.events.v1 import activity_pb2 as pb
from linli.feed.v1.feed_pb2 import GetHeadRequest, WatchRequest
from linli.feed.v1.write_pb2 import Imported

from services.chassis.rpc.imports import REFUSALS_TOLD_MAX, ROWS_PER_PARCEL_MAX
from tests.integration.events.neighbourhood import MEMBERS, Neighbourhood
from tests.integration.events.serving import Client, calling, open_register, serving
from tests.integration.serving import refusal, refused

COUNT = 24
SECONDS_MAX = 20.0
UNKNOWN = pb.ConfirmHoursRequest(request_id="unknown", attendance_id="nowhere")
MALFORMED = pb.ConfirmHoursRequest(request_id="of bad form", attendance_id="a")


@pytest.fixture
async def target(neighbourhood: Neighbourhood, database_url: str) -> AsyncGenerator[str]:
    async with open_register(database_url) as register, serving(neighbourhood, register) as address:
        yield address


@pytest.fixture
async def client(target: str) -> AsyncGenerator[Client]:
    async with calling(target, "service:test") as client:
        yield client


@pytest.fixture
async def rows(neighbourhood: Neighbourhood) -> list[pb.ConfirmHoursRequest]:
    """Confirmations of what nobody has confirmed yet; `events` has stated one fact, the activity."""
    activity_id = await neighbourhood.activity()
    stays = [await neighbourhood.stay(activity_id, member) for member in MEMBERS[:COUNT]]
    return [
        pb.ConfirmHoursRequest(request_id=f"r{n}", attendance_id=stay)
        for n, stay in enumerate(stays, start=1)
    ]


async def messages(
    rows: Iterable[pb.ConfirmHoursRequest], *, each: int = 1
) -> AsyncIterator[pb.ImportConfirmationsRequest]:
    rows = list(rows)
    for start in range(0, len(rows), each):
        yield pb.ImportConfirmationsRequest(items=rows[start : start + each])


async def imported(client: Client, rows: Iterable[pb.ConfirmHoursRequest], *, each: int = 1) -> Imported:
    answer = await client.activities.ImportConfirmations(messages(rows, each=each))
    return answer.imported


async def head(client: Client) -> int:
    answer = await client.feed.GetHead(GetHeadRequest(log="events"))
    return answer.head.position


async def confirmed(client: Client) -> int:
    listed = await client.activities.ListAttendances(pb.ListAttendancesRequest(page_size=1_000))
    return sum(stay.state == pb.ATTENDANCE_STATE_CONFIRMED for stay in listed.attendances)


class TestAStreamOfConfirmations:
    @pytest.mark.parametrize("each", [1, 7])
    async def test_writes_every_row(
        self, client: Client, rows: list[pb.ConfirmHoursRequest], each: int, neighbourhood: Neighbourhood
    ) -> None:
        told = await imported(client, rows, each=each)
        assert told == Imported(written=COUNT, positions={"events": COUNT + 1})
        assert await confirmed(client) == COUNT
        assert await neighbourhood.findings() == []

    async def test_without_rows_changes_nothing(self, client: Client) -> None:
        assert await imported(client, []) == Imported()

    async def test_refuses_a_bad_row_by_its_number_and_no_other(
        self, client: Client, rows: list[pb.ConfirmHoursRequest]
    ) -> None:
        again = pb.ConfirmHoursRequest(request_id="again", attendance_id=rows[0].attendance_id)
        told = await imported(client, [UNKNOWN, *rows[:2], MALFORMED, *rows[2:], again], each=5)
        assert (told.written, told.refused) == (COUNT, 3)
        assert [(each.row, refusal(each.refused).reason) for each in told.refusals] == [
            (1, "ATTENDANCE_UNKNOWN"),
            (4, "INVALID_FIELD"),
            (COUNT + 3, "ALREADY_CONFIRMED"),
        ]
        assert refusal(told.refusals[1].refused).fields == ("request_id",)

    async def test_tells_the_first_refusals_and_counts_them_all(self, client: Client) -> None:
        count = 2 * ROWS_PER_PARCEL_MAX + 500
        unknown = [pb.ConfirmHoursRequest(request_id=f"u{n}", attendance_id="nowhere") for n in range(count)]
        told = await imported(client, unknown, each=900)
        assert (told.written, told.refused) == (0, count)
        assert [each.row for each in told.refusals] == list(range(1, REFUSALS_TOLD_MAX + 1))

    async def test_sent_again_changes_nothing_and_is_told_the_same(
        self, client: Client, rows: list[pb.ConfirmHoursRequest]
    ) -> None:
        first = await imported(client, rows)
        before = await head(client)
        assert await imported(client, rows, each=COUNT) == first
        assert await head(client) == before

    async def test_is_one_with_calls_and_batches_of_the_same_request_ids(
        self, client: Client, rows: list[pb.ConfirmHoursRequest]
    ) -> None:
        alone = await client.activities.ConfirmHours(rows[0])
        await client.activities.BatchConfirmHours(pb.BatchConfirmHoursRequest(items=rows[1:5]))
        other = pb.ConfirmHoursRequest(request_id=rows[1].request_id, attendance_id=rows[9].attendance_id)
        told = await imported(client, [*rows, other])
        assert (told.written, told.refused) == (COUNT, 1)
        assert refusal(told.refusals[0].refused).reason == "REQUEST_ID_REUSED"
        assert (await client.activities.ConfirmHours(rows[0])).written == alone.written
        assert await head(client) == COUNT + 1

    async def test_confirms_nobody_their_own(self, target: str, rows: list[pb.ConfirmHoursRequest]) -> None:
        async with calling(target, f"member:{MEMBERS[2]}") as oneself:
            told = await imported(oneself, rows)
        assert [(each.row, refusal(each.refused).reason) for each in told.refusals] == [(3, "OWN_HOURS")]


class TestAStreamThatBreaks:
    async def test_keeps_what_was_written_and_is_made_whole_by_sending_all_again(
        self, client: Client, rows: list[pb.ConfirmHoursRequest]
    ) -> None:
        sent = COUNT // 2
        watch = client.feed.Watch(WatchRequest(log="events"))
        streaming: Any = client.activities.ImportConfirmations
        call = streaming()
        for row in rows[:sent]:
            await call.write(pb.ImportConfirmationsRequest(items=[row]))
        # They are written although the stream is still open.
        await asyncio.wait_for(_watched_to(watch, sent + 1), SECONDS_MAX)
        call.cancel()
        watch.cancel()
        assert await confirmed(client) == sent
        assert await imported(client, rows) == Imported(written=COUNT, positions={"events": COUNT + 1})
        assert await head(client) == COUNT + 1

    async def test_at_a_message_that_is_none_has_written_what_came_before(
        self, client: Client, rows: list[pb.ConfirmHoursRequest]
    ) -> None:
        async def broken() -> AsyncIterator[pb.ImportConfirmationsRequest]:
            async for message in messages(rows[:5]):
                yield message
            yield pb.ImportConfirmationsRequest()
            async for message in messages(rows[5:]):
                yield message

        told = await refused(client.activities.ImportConfirmations(broken()))
        assert (told.code, told.reason, told.fields) == (
            StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ("items",)
        )  # fmt: skip
        assert await head(client) == 6
        assert (await imported(client, rows)).written == COUNT


class TestAWatch:
    async def test_sees_a_confirmation_without_waiting_for_a_look(
        self, client: Client, rows: list[pb.ConfirmHoursRequest]
    ) -> None:
        watch = client.feed.Watch(WatchRequest(log="events"))
        assert await asyncio.wait_for(_watched_to(watch, 1), SECONDS_MAX) == [1]
        # The feed of this server looks by itself once an hour.
        for position, row in enumerate(rows[:3], start=2):
            await client.activities.ConfirmHours(row)
            assert await asyncio.wait_for(_watched_to(watch, position), SECONDS_MAX) == [position]
        watch.cancel()


async def _watched_to(watch: Any, position: int) -> list[int]:
    """Read until a position has come; gives all that came, in order."""
    came: list[int] = []
    while position not in came:
        came += [fact.position for fact in (await watch.read()).facts]
    return came
