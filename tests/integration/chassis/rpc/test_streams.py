import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from linli.feed.v1 import feed_pb2 as pb
from structlog.testing import capture_logs

from services.chassis.call import Call
from services.chassis.faults import DatabaseUnavailable
from services.chassis.rpc.incoming import TRACE_KEY
from services.chassis.rpc.table import Requests
from tests.integration.chassis.rpc.serving import CALLER, METADATA, detail_in, refusal
from tests.integration.chassis.rpc.streaming import (
    COUNT,
    REQUEST,
    SECONDS_MAX,
    Client,
    at_rest,
    bare_channel,
    number_request,
    numbered,
    numbered_answer,
    sent,
    server,
    stream_refusal,
    trial,
)

Code = grpc.StatusCode


def reason(error: grpc.aio.AioRpcError) -> str:
    return str(detail_in(error, ErrorInfo).reason)


class Staying:
    """Answers once, and stays until it is ended."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.ended = asyncio.Event()

    async def __call__(self, _request: pb.WatchRequest, call: Call) -> AsyncGenerator[pb.WatchResponse]:
        self.calls.append(call)
        try:
            yield numbered(1)
            await asyncio.get_running_loop().create_future()
        finally:
            self.ended.set()


class TestAServerStream:
    async def test_answers_in_order_and_ends(self) -> None:
        async with trial() as client:
            stream = client.count(metadata=((TRACE_KEY, "trace-1"),))
            assert [answer.head.position async for answer in stream] == [1, 2, 3]
            assert dict(await stream.trailing_metadata())[TRACE_KEY] == "trace-1"

    async def test_refuses_with_its_reason_after_answers_too(self) -> None:
        async def break_off(_request: pb.WatchRequest, _call: Call) -> AsyncGenerator[pb.WatchResponse]:
            yield numbered(1)
            raise DatabaseUnavailable

        async with trial(counting=break_off) as client:
            stream = client.count()
            assert (await stream.read()).head.position == 1
            error = await stream_refusal(stream)
        assert (error.code(), reason(error)) == (Code.UNAVAILABLE, "DATABASE_UNAVAILABLE")

    async def test_that_fails_tells_its_caller_a_trace_id_and_no_more(self) -> None:
        async def fail(_request: pb.WatchRequest, _call: Call) -> AsyncGenerator[pb.WatchResponse]:
            yield numbered(1)
            raise RuntimeError("secret 42")

        with capture_logs() as lines:
            async with trial(counting=fail) as client:
                error = await stream_refusal(client.count(metadata=((TRACE_KEY, "trace-2"),)))
        assert error.code() is Code.INTERNAL
        assert "trace-2" in (error.details() or "")
        assert "42" not in str(error)
        assert [line["event"] for line in lines if line["event"].startswith("rpc.f")] == ["rpc.failed"]

    @pytest.mark.parametrize(
        ("raw", "metadata", "code"),
        [
            (b"\xff", METADATA, Code.INVALID_ARGUMENT),
            (b"\x0a\x02\xff\xfe", METADATA, Code.INVALID_ARGUMENT),
            (pb.WatchRequest(log="trial", max_facts=-1).SerializeToString(), METADATA, Code.INVALID_ARGUMENT),
            (REQUEST.SerializeToString(), (), Code.UNAUTHENTICATED),
            (b"\xff", (("linli-caller", "member:m1"),), Code.PERMISSION_DENIED),
        ],
    )
    async def test_refuses_what_any_call_refuses(self, raw: bytes, metadata: Any, code: Code) -> None:
        async with bare_channel() as client:
            error = await stream_refusal(client.channel.unary_stream(COUNT)(raw, metadata=metadata))
        assert error.code() is code

    async def test_has_one_line_in_the_log(self) -> None:
        with capture_logs() as lines:
            async with trial() as client:
                await asyncio.wait_for(_read_all(client), SECONDS_MAX)
        (line,) = [line for line in lines if line["event"].startswith("rpc.") and "code" in line]
        assert (line["event"], line["code"]) == ("rpc.served", "OK")

    async def test_has_the_deadline_of_its_caller_and_no_other(self) -> None:
        staying = Staying()
        async with trial(counting=staying, call_seconds_max=0.1) as client:
            stays = client.count()
            await stays.read()
            error = await stream_refusal(client.count(timeout=0.5))
            assert not stays.done()
            stays.cancel()
        assert error.code() is Code.DEADLINE_EXCEEDED
        assert math.isinf(staying.calls[0].deadline)
        assert math.isfinite(staying.calls[1].deadline)

    async def test_ends_when_its_caller_leaves(self) -> None:
        staying = Staying()
        async with trial(counting=staying) as client:
            stream = client.count()
            await stream.read()
            stream.cancel()
            await asyncio.wait_for(staying.ended.wait(), SECONDS_MAX)

    async def test_waits_for_a_reader_that_is_slow(self) -> None:
        made = 0
        unread = 10_000

        async def pour(_request: pb.WatchRequest, _call: Call) -> AsyncGenerator[pb.WatchResponse]:
            nonlocal made
            for _ in range(unread):
                made += 1
                yield pb.WatchResponse.FromString(_large())

        async with trial(counting=pour) as client:
            stream = client.count()
            await stream.read()
            # 64 KiB each: what rests is held by flow control, not by memory.
            assert await at_rest(lambda: made, client) < unread / 10
            stream.cancel()


class TestStreamsThatStay:
    async def test_end_at_once_when_the_server_stops_so_that_callers_connect_again(self) -> None:
        staying = Staying()
        here = server(counting=staying, drain_seconds=600.0)
        port = await here.start()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stream = Client(channel=channel).count(metadata=METADATA)
            await stream.read()
            draining = asyncio.ensure_future(here.drain())
            error = await stream_refusal(stream)
            await asyncio.wait_for(draining, SECONDS_MAX)
        assert (error.code(), reason(error)) == (Code.UNAVAILABLE, "SERVER_STOPPING")
        assert detail_in(error, RetryInfo) is not None
        assert staying.ended.is_set()

    async def test_take_no_place_of_calls_and_have_a_limit_of_their_own(self) -> None:
        staying = Staying()
        async with trial(counting=staying, calls_max=1, streams_max=2) as client:
            first, second = client.count(), client.count()
            await first.read()
            await second.read()
            await client.ask()
            error = await stream_refusal(client.count())
            assert (error.code(), reason(error)) == (Code.RESOURCE_EXHAUSTED, "OVERLOADED")
            assert detail_in(error, ErrorInfo).metadata["setting"] == "streams_max"
            first.cancel()
            await asyncio.wait_for(staying.ended.wait(), SECONDS_MAX)
            third = client.count()
            assert (await third.read()).head.position == 1
            second.cancel()
            third.cancel()


class TestAClientStream:
    async def test_is_read_in_order_and_answered_once(self) -> None:
        seen: list[int] = []

        async def note(requests: Requests, call: Call) -> pb.PullResponse:
            assert call.caller == CALLER
            assert math.isinf(call.deadline)
            seen.extend([request.max_facts async for request in requests])
            return numbered_answer(len(seen))

        messages = [number_request(n).SerializeToString() for n in range(100)]
        async with trial(collecting=note) as client:
            answer = await client.collect(sent(*messages))
        assert answer.head.position == 100
        assert seen == list(range(100))

    @pytest.mark.parametrize(
        ("bad", "why"),
        [
            (b"\xff", "REQUEST_MALFORMED"),
            (b"\x0a\x02\xff\xfe", "REQUEST_MALFORMED"),
            (number_request(-1).SerializeToString(), "INVALID_FIELD"),
        ],
    )
    async def test_ends_typed_at_a_message_that_is_none(self, bad: bytes, why: str) -> None:
        good = number_request(1).SerializeToString()
        async with trial() as client:
            error = await refusal(client.collect(sent(good, bad, good)))
        assert (error.code(), reason(error)) == (Code.INVALID_ARGUMENT, why)

    @pytest.mark.parametrize(
        ("metadata", "code"),
        [((), Code.UNAUTHENTICATED), ((("linli-caller", "member:m1"),), Code.PERMISSION_DENIED)],
    )
    async def test_is_refused_before_anything_is_read(self, metadata: Any, code: Code) -> None:
        async with bare_channel() as client:
            assert (await refusal(client.collect(sent(b"\xff"), metadata=metadata))).code() is code

    async def test_from_which_nothing_comes_is_given_up(self) -> None:
        async with trial(call_seconds_max=0.1) as client:
            call = client.collect()
            await call.write(number_request(1).SerializeToString())
            error = await refusal(call)
        assert (error.code(), reason(error)) == (Code.DEADLINE_EXCEEDED, "DEADLINE_PASSED")
        assert "same request ids" in (error.details() or "")

    async def test_keeps_the_deadline_of_its_caller(self) -> None:
        async with trial() as client:
            call = client.collect(timeout=0.2)
            await call.write(number_request(1).SerializeToString())
            assert (await refusal(call)).code() is Code.DEADLINE_EXCEEDED

    async def test_ends_when_its_caller_leaves(self) -> None:
        entered, ended = asyncio.Event(), asyncio.Event()

        async def note(requests: Requests, _call: Call) -> pb.PullResponse:
            try:
                async for _ in requests:
                    entered.set()
            finally:
                ended.set()
            return numbered_answer(0)

        async with trial(collecting=note) as client:
            call = client.collect()
            await call.write(number_request(1).SerializeToString())
            await asyncio.wait_for(entered.wait(), SECONDS_MAX)
            call.cancel()
            await asyncio.wait_for(ended.wait(), SECONDS_MAX)

    async def test_comes_no_faster_than_it_is_read(self) -> None:
        written, leave = 0, asyncio.Event()
        unread = 10_000

        async def read_one(requests: Requests, _call: Call) -> pb.PullResponse:
            first = await anext(requests)
            await leave.wait()
            return numbered_answer(first.max_facts)

        async def pour() -> AsyncIterator[bytes]:
            nonlocal written
            for _ in range(unread):
                written += 1
                yield number_request(7).SerializeToString() + _unknown_field()

        async with trial(collecting=read_one) as client:
            call = client.collect(pour())
            assert await at_rest(lambda: written, client) < unread / 10
            leave.set()
            assert (await call).head.position == 7


async def _read_all(client: Client) -> None:
    async for _ in client.count():
        pass


def _large() -> bytes:
    answer = numbered(1)
    answer.head.fact_id = "x" * 65_536
    return answer.SerializeToString()


def _unknown_field() -> bytes:
    """Field 15, 64 KiB, which the message does not have."""
    return b"\x7a\x80\x80\x04" + b"x" * 65_536
