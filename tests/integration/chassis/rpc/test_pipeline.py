import asyncio
from typing import Any

import grpc
import pytest
import structlog
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from hypothesis import given, settings
from hypothesis import strategies as st
from linli.jobs.v1 import jobs_pb2 as pb
from structlog.testing import capture_logs

from services.chassis.call import Call
from services.chassis.faults import DatabaseUnavailable, Fault, JobUnknown
from services.chassis.rpc.access import Access
from services.chassis.rpc.incoming import TRACE_KEY
from services.chassis.rpc.table import CodeTable
from tests.integration.chassis.rpc.serving import (
    CALLER,
    GET_JOB,
    METADATA,
    REQUEST,
    calling,
    detail_in,
    get_job,
    raw_call,
    refusal,
    serving,
    status_in,
)

Code = grpc.StatusCode


async def refuse_unknown(_request: pb.GetJobRequest, _call: Call) -> pb.GetJobResponse:
    raise JobUnknown(job_id="j1")


class OfTheService(Fault):
    """The shop is closed; come tomorrow."""


class TestAnRpc:
    async def test_gets_the_decoded_request_and_who_calls(self) -> None:
        seen: list[tuple[pb.GetJobRequest, Call]] = []

        async def note(request: pb.GetJobRequest, call: Call) -> pb.GetJobResponse:
            seen.append((request, call))
            return await get_job(request, call)

        async with serving(note) as target, calling(target) as jobs:
            answer = await jobs.GetJob(REQUEST, timeout=5, metadata=((TRACE_KEY, "trace-7"),))
        assert answer.job.job_id == "j1"
        ((request, call),) = seen
        assert request == REQUEST
        assert (call.caller, call.method, call.trace_id) == (CALLER, GET_JOB, "trace-7")
        assert 3 < call.seconds_left < 6

    async def test_refuses_with_its_reason_and_ids_for_programs(self) -> None:
        async with serving(refuse_unknown) as target, calling(target) as jobs:
            error = await refusal(jobs.GetJob(REQUEST))
        assert (error.code(), error.details()) == (Code.NOT_FOUND, "There is no such job.")
        info = detail_in(error, ErrorInfo)
        assert (info.reason, info.domain, dict(info.metadata)) == ("JOB_UNKNOWN", "linli", {"job_id": "j1"})
        assert status_in(error).code == Code.NOT_FOUND.value[0]
        assert detail_in(error, RetryInfo) is None

    async def test_refuses_by_the_codes_of_its_service(self) -> None:
        async def refuse(_request: pb.GetJobRequest, _call: Call) -> pb.GetJobResponse:
            raise OfTheService

        codes: CodeTable = {OfTheService: Code.FAILED_PRECONDITION}
        async with serving(refuse, codes=codes) as target, calling(target) as jobs:
            error = await refusal(jobs.GetJob(REQUEST))
        assert error.code() is Code.FAILED_PRECONDITION
        assert detail_in(error, ErrorInfo).reason == "OF_THE_SERVICE"

    @pytest.mark.parametrize("error", [RuntimeError("secret 42"), OfTheService("secret 42")])
    async def test_that_fails_tells_its_caller_a_trace_id_and_the_log_why(self, error: Exception) -> None:
        async def fail(_request: pb.GetJobRequest, _call: Call) -> pb.GetJobResponse:
            raise error

        with capture_logs() as lines:
            async with serving(fail) as target, calling(target) as jobs:
                told = await refusal(jobs.GetJob(REQUEST, metadata=((TRACE_KEY, "trace-8"),)))
        assert told.code() is Code.INTERNAL
        assert "trace-8" in (told.details() or "")
        assert "42" not in str(told)
        (line,) = [line for line in lines if line["event"] == "rpc.failed"]
        assert (line["log_level"], line["exc_info"]) == ("error", True)

    async def test_that_answers_another_message_fails_rather_than_confuse(self) -> None:
        async def mistake(_request: pb.GetJobRequest, _call: Call) -> pb.ListJobsResponse:
            return pb.ListJobsResponse()

        async with serving(mistake) as target, calling(target) as jobs:
            assert (await refusal(jobs.GetJob(REQUEST))).code() is Code.INTERNAL

    async def test_whose_answer_is_too_large_says_so(self) -> None:
        async def tell_much(_request: pb.GetJobRequest, _call: Call) -> pb.GetJobResponse:
            return pb.GetJobResponse(job=pb.Job(error="x" * 70_000))

        async with serving(tell_much, message_bytes_max=65_536) as target, calling(target) as jobs:
            error = await refusal(jobs.GetJob(REQUEST))
        assert error.code() is Code.OUT_OF_RANGE
        assert detail_in(error, ErrorInfo).metadata["message_bytes_max"] == "65536"


class TestTheCaller:
    @pytest.mark.parametrize(
        "metadata",
        [(), (("linli-caller", "m1"),), (("linli-caller", "member:a"), ("linli-caller", "member:b"))],
        ids=["absent", "malformed", "twice"],
    )
    async def test_must_say_who_calls(self, metadata: tuple[tuple[str, str], ...]) -> None:
        async with serving() as target, grpc.aio.insecure_channel(target) as channel:
            error = await refusal(raw_call(channel, REQUEST.SerializeToString(), metadata=metadata))
        assert error.code() is Code.UNAUTHENTICATED
        assert detail_in(error, ErrorInfo).reason == "CALLER_MISSING"

    @pytest.mark.parametrize("access", [{}, {GET_JOB: Access.PERSON}], ids=["unlisted", "persons only"])
    async def test_must_be_one_that_the_table_lets_in(self, access: dict[str, Access]) -> None:
        async with serving(access=access) as target, calling(target) as jobs:
            error = await refusal(jobs.GetJob(REQUEST))
        assert error.code() is Code.PERMISSION_DENIED
        assert detail_in(error, ErrorInfo).reason == "CALLER_FORBIDDEN"

    async def test_is_refused_before_the_request_is_looked_at(self) -> None:
        async with serving(access={}) as target, grpc.aio.insecure_channel(target) as channel:
            error = await refusal(raw_call(channel, b"\xff", metadata=METADATA))
        assert error.code() is Code.PERMISSION_DENIED


class TestARequest:
    async def test_that_breaks_rules_is_told_every_field(self) -> None:
        async with serving() as target, calling(target) as jobs:
            error = await refusal(jobs.GetJob(pb.GetJobRequest(service="s" * 33, job_id="a b")))
        assert error.code() is Code.INVALID_ARGUMENT
        assert detail_in(error, ErrorInfo).reason == "INVALID_FIELD"
        violations = detail_in(error, BadRequest).field_violations
        assert [violation.field for violation in violations] == ["service", "job_id"]
        assert "32" in violations[0].description

    @pytest.mark.parametrize(
        "raw",
        [b"\xff", b"\x0a\x05abc", b"\x0a\x02\xc3\x28", b"\x0b" * 200],
        ids=["tag", "cut", "utf-8", "deep"],
    )
    async def test_that_is_no_message_is_refused_as_the_callers_mistake(self, raw: bytes) -> None:
        async with serving() as target, grpc.aio.insecure_channel(target) as channel:
            error = await refusal(raw_call(channel, raw, metadata=METADATA))
        assert error.code() is Code.INVALID_ARGUMENT
        assert detail_in(error, ErrorInfo).reason == "REQUEST_MALFORMED"

    async def test_of_random_bytes_never_makes_the_server_fail(self) -> None:
        loop = asyncio.get_running_loop()
        async with serving() as target, grpc.aio.insecure_channel(target) as channel:

            async def code_for(raw: bytes) -> grpc.StatusCode:
                call = raw_call(channel, raw, metadata=METADATA)
                code: grpc.StatusCode = await call.code()
                return code

            @settings(max_examples=200, deadline=None)
            @given(raw=st.binary(max_size=64))
            def send(raw: bytes) -> None:
                code = asyncio.run_coroutine_threadsafe(code_for(raw), loop).result(timeout=10)
                assert code in {Code.OK, Code.INVALID_ARGUMENT}

            await asyncio.to_thread(send)

    async def test_that_is_too_large_is_refused(self) -> None:
        async with serving(message_bytes_max=65_536) as target, calling(target) as jobs:
            error = await refusal(jobs.GetJob(pb.GetJobRequest(service="members", job_id="j" * 70_000)))
        assert error.code() is Code.RESOURCE_EXHAUSTED

    async def test_for_an_rpc_that_is_not_there_is_unimplemented(self) -> None:
        async with serving() as target, grpc.aio.insecure_channel(target) as channel:
            error = await refusal(raw_call(channel, b"", path="linli.jobs.v1.JobService/Nope"))
        assert error.code() is Code.UNIMPLEMENTED


class TestTheDeadline:
    async def test_of_the_server_ends_a_call_whose_caller_set_none(self) -> None:
        async def hang(_request: pb.GetJobRequest, _call: Call) -> pb.GetJobResponse:
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

        async with (
            serving(hang, call_seconds_max=0.1) as target,
            grpc.aio.insecure_channel(target) as channel,
        ):
            error = await refusal(raw_call(channel, REQUEST.SerializeToString(), metadata=METADATA))
        assert error.code() is Code.DEADLINE_EXCEEDED
        assert detail_in(error, ErrorInfo).reason == "DEADLINE_PASSED"

    async def test_of_the_caller_ends_the_work(self) -> None:
        ended = asyncio.Event()

        async def hang(_request: pb.GetJobRequest, _call: Call) -> pb.GetJobResponse:
            try:
                return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]
            finally:
                ended.set()

        async with serving(hang) as target, calling(target) as jobs:
            error = await refusal(jobs.GetJob(REQUEST, timeout=0.1))
            await asyncio.wait_for(ended.wait(), timeout=5)
        assert error.code() is Code.DEADLINE_EXCEEDED

    async def test_is_not_blamed_for_a_timeout_inside(self) -> None:
        async def time_out(_request: pb.GetJobRequest, _call: Call) -> pb.GetJobResponse:
            raise TimeoutError

        async with serving(time_out) as target, calling(target) as jobs:
            assert (await refusal(jobs.GetJob(REQUEST))).code() is Code.INTERNAL


class TestTooManyCalls:
    async def test_are_turned_away_at_once_and_told_when_to_return(self) -> None:
        entered, leave = asyncio.Event(), asyncio.Event()

        async def wait(request: pb.GetJobRequest, call: Call) -> pb.GetJobResponse:
            entered.set()
            await leave.wait()
            return await get_job(request, call)

        async with serving(wait, calls_max=1) as target, calling(target) as jobs:
            first = asyncio.ensure_future(jobs.GetJob(REQUEST))
            await entered.wait()
            error = await refusal(jobs.GetJob(REQUEST))
            leave.set()
            assert (await first).job.job_id == "j1"
            assert (await jobs.GetJob(REQUEST)).job.job_id == "j1"
        assert error.code() is Code.RESOURCE_EXHAUSTED
        assert detail_in(error, ErrorInfo).reason == "OVERLOADED"
        assert detail_in(error, RetryInfo).retry_delay.ToMilliseconds() > 0


class TestTheTraceId:
    @pytest.mark.parametrize("answering", [get_job, refuse_unknown], ids=["served", "refused"])
    async def test_comes_back_with_the_answer(self, answering: Any) -> None:
        async with serving(answering) as target, calling(target) as jobs:
            call = jobs.GetJob(REQUEST, metadata=((TRACE_KEY, "trace-9"),))
            trailing = dict(await call.trailing_metadata())
        assert trailing[TRACE_KEY] == "trace-9"

    @pytest.mark.parametrize("sent", [(), ((TRACE_KEY, "a b"),), ((TRACE_KEY, "x" * 65),)])
    async def test_is_made_where_none_of_good_form_came(self, sent: tuple[tuple[str, str], ...]) -> None:
        async with serving() as target, grpc.aio.insecure_channel(target) as channel:
            call = raw_call(channel, REQUEST.SerializeToString(), metadata=(*METADATA, *sent))
            trailing = dict(await call.trailing_metadata())
        assert len(trailing[TRACE_KEY]) == 32


class TestTheLog:
    async def test_has_one_line_per_call_and_no_payload(self) -> None:
        async def answer(request: pb.GetJobRequest, call: Call) -> pb.GetJobResponse:
            if request.job_id == "j2":
                raise DatabaseUnavailable
            return await get_job(request, call)

        context = structlog.contextvars.merge_contextvars
        with capture_logs(processors=[context]) as lines:
            async with serving(answer) as target, grpc.aio.insecure_channel(target) as channel:
                for job_id in ("j1", "j2"):
                    request = pb.GetJobRequest(service="members", job_id=job_id).SerializeToString()
                    await raw_call(channel, request, metadata=(*METADATA, (TRACE_KEY, job_id))).code()
        served, refused = (line for line in lines if line["event"].startswith(("rpc.served", "rpc.refused")))
        assert served.pop("elapsed_ms") >= 0
        assert served == {
            "event": "rpc.served",
            "log_level": "info",
            "method": GET_JOB,
            "caller": "service:test",
            "trace_id": "j1",
            "code": "OK",
        }
        assert (refused["event"], refused["log_level"]) == ("rpc.refused", "info")
        assert (refused["code"], refused["reason"]) == ("UNAVAILABLE", "DATABASE_UNAVAILABLE")
        assert refused["trace_id"] == "j2"
        assert structlog.contextvars.get_contextvars() == {}
