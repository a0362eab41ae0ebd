import asyncio
import math
import time
from collections.abc import AsyncGenerator
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from linli.feed.v1.feed_pb2 import PullResponse, WatchResponse
from linli.jobs.v1 import jobs_pb2 as pb
from linli.jobs.v1.jobs_pb2_grpc import JobServiceStub

from services.chassis.call import Call
from services.chassis.faults import DatabaseUnavailable, Fault, JobUnknown, NotCaughtUp, Overloaded
from services.chassis.rpc.client import ATTEMPTS_MAX, open_channel
from services.chassis.rpc.codes import RETRY_SECONDS
from services.chassis.rpc.server import Server
from services.chassis.rpc.table import Requests
from services.chassis.settings import Settings
from tests.integration.chassis.rpc import streaming
from tests.integration.chassis.rpc.serving import (
    CALLER,
    METADATA,
    REQUEST,
    calling,
    detail_in,
    get_job,
    refusal,
    registration,
    serving,
)


class Noting:
    """Answers, and keeps the calls it got."""

    def __init__(self, *refusals: Fault) -> None:
        self.calls: list[Call] = []
        self._refusals = list(refusals)

    async def __call__(self, request: pb.GetJobRequest, call: Call) -> pb.GetJobResponse:
        self.calls.append(call)
        if self._refusals:
            raise self._refusals.pop(0)
        return await get_job(request, call)


class TestACall:
    async def test_has_a_deadline_although_none_was_set(self) -> None:
        noting = Noting()
        async with (
            serving(noting) as target,
            open_channel(target, caller=CALLER, call_seconds_default=7) as channel,
        ):
            await JobServiceStub(channel).GetJob(REQUEST)
            await JobServiceStub(channel).GetJob(REQUEST, timeout=3)
        assert [4 < call.seconds_left < 8 for call in noting.calls] == [True, False]

    async def test_keeps_the_caller_that_it_states_itself(self) -> None:
        noting = Noting()
        async with serving(noting) as target, calling(target) as jobs:
            await jobs.GetJob(REQUEST)
            await jobs.GetJob(REQUEST, metadata=(("linli-caller", "member:m1"),))
        assert [str(call.caller) for call in noting.calls] == ["service:test", "member:m1"]

    async def test_within_a_call_passes_trace_id_and_deadline_on(self) -> None:
        inner = Noting()
        async with serving(inner) as inner_target, calling(inner_target) as inner_jobs:

            async def forward(request: pb.GetJobRequest, _call: Call) -> pb.GetJobResponse:
                return await inner_jobs.GetJob(request)

            async with serving(forward) as target, calling(target) as jobs:
                await jobs.GetJob(REQUEST, timeout=2, metadata=(("linli-trace", "trace-5"),))
                await jobs.GetJob(REQUEST)
        first, second = inner.calls
        assert first.trace_id == "trace-5" != second.trace_id
        assert first.deadline - time.monotonic() < 3
        assert second.deadline - time.monotonic() > 3


class TestARefusal:
    async def test_with_unavailable_is_tried_again(self) -> None:
        noting = Noting(DatabaseUnavailable(), DatabaseUnavailable())
        async with serving(noting) as target, calling(target) as jobs:
            assert (await jobs.GetJob(REQUEST)).job.job_id == "j1"
        assert len(noting.calls) == 3
        assert len({call.trace_id for call in noting.calls}) == 1

    async def test_is_not_tried_for_ever(self) -> None:
        noting = Noting(*[DatabaseUnavailable()] * (ATTEMPTS_MAX + 1))
        async with serving(noting) as target, calling(target) as jobs:
            assert (await refusal(jobs.GetJob(REQUEST))).code() is grpc.StatusCode.UNAVAILABLE
        assert len(noting.calls) == ATTEMPTS_MAX

    async def test_close_to_the_deadline_is_not_tried_again_and_keeps_its_reason(self) -> None:
        noting = Noting(*[NotCaughtUp()] * ATTEMPTS_MAX)
        async with serving(noting) as target, calling(target) as jobs:
            late = await refusal(
                jobs.GetJob(REQUEST, timeout=RETRY_SECONDS[grpc.StatusCode.UNAVAILABLE] - 0.01)
            )
        assert (late.code(), detail_in(late, ErrorInfo).reason) == (
            grpc.StatusCode.UNAVAILABLE,
            "NOT_CAUGHT_UP",
        )
        assert len(noting.calls) == 1

    @pytest.mark.parametrize("fault", [JobUnknown(), Overloaded()])
    async def test_with_anything_else_is_final(self, fault: Fault) -> None:
        noting = Noting(fault)
        async with serving(noting) as target, calling(target) as jobs:
            await refusal(jobs.GetJob(REQUEST))
        assert len(noting.calls) == 1


class TestAServerThatWasAway:
    async def test_is_found_again_soon(self) -> None:
        first = Server(settings=Settings(port=0, drain_seconds=0.0), registrations=[registration()])
        port = await first.start()
        async with calling(f"127.0.0.1:{port}") as jobs:
            await jobs.GetJob(REQUEST)
            await first.drain()
            await refusal(jobs.GetJob(REQUEST, timeout=1, metadata=METADATA))
            again = Server(settings=Settings(port=port, drain_seconds=0.0), registrations=[registration()])
            await again.start()
            answer = await asyncio.wait_for(jobs.GetJob(REQUEST, wait_for_ready=True), timeout=10)
            await again.drain()
        assert answer.job.job_id == "j1"


class TestAStream:
    async def test_says_who_calls_and_under_which_trace_id_and_has_a_deadline_only_if_one_was_set(
        self,
    ) -> None:
        calls: list[Call] = []

        async def note(_request: object, call: Call) -> AsyncGenerator[WatchResponse]:
            calls.append(call)
            yield streaming.numbered(1)

        async def note_all(requests: Requests, call: Call) -> PullResponse:
            calls.append(call)
            return streaming.numbered_answer(len([each async for each in requests]))

        traced = (("linli-trace", "trace-6"),)
        async with streaming.trial(counting=note, collecting=note_all) as client:
            each_with: tuple[dict[str, Any], ...] = ({}, {"timeout": 5.0})
            for options in each_with:
                await client.count(metadata=traced, **options).read()
                await client.collect(
                    streaming.sent(streaming.number_request(1).SerializeToString()),
                    metadata=traced,
                    **options,
                ).code()
        assert {(str(call.caller), call.trace_id) for call in calls} == {("service:test", "trace-6")}
        assert [math.isfinite(call.deadline) for call in calls] == [False, False, True, True]

    async def test_within_a_call_has_its_trace_id_and_deadline(self) -> None:
        inner: list[Call] = []

        async def note(_request: object, call: Call) -> AsyncGenerator[WatchResponse]:
            inner.append(call)
            yield streaming.numbered(1)

        async with streaming.trial(counting=note) as client:

            async def forward(request: pb.GetJobRequest, call: Call) -> pb.GetJobResponse:
                await client.count().read()
                return await get_job(request, call)

            async with serving(forward) as target, calling(target) as jobs:
                await jobs.GetJob(REQUEST, timeout=5, metadata=(("linli-trace", "trace-7"),))
        assert inner[0].trace_id == "trace-7"
        assert math.isfinite(inner[0].deadline)
