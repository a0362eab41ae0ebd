import grpc
import pytest
from google.rpc.error_details_pb2 import LocalizedMessage
from linli.jobs.v1 import jobs_pb2 as pb

from services.chassis.call import Call
from services.chassis.faults import JobUnknown
from tests.integration.chassis.rpc.serving import REQUEST, calling, detail_in, raw_call, refusal, serving


async def refuse_unknown(_request: pb.GetJobRequest, _call: Call) -> pb.GetJobResponse:
    raise JobUnknown(job_id="j1")


class TestARefusalForAPerson:
    @pytest.mark.parametrize(
        ("metadata", "locale"),
        [((), "zh-CN"), ((("linli-language", "en"),), "en"), ((("linli-language", "xx"),), "zh-CN")],
    )
    async def test_speaks_the_language_that_its_caller_asks_for(
        self, metadata: tuple[tuple[str, str], ...], locale: str
    ) -> None:
        async with serving(refuse_unknown) as target, calling(target) as jobs:
            error = await refusal(jobs.GetJob(REQUEST, metadata=metadata))
        said = detail_in(error, LocalizedMessage)
        assert said.locale == locale
        assert said.message == {"zh-CN": "没有这个任务。", "en": error.details()}[locale]

    async def test_is_said_before_anybody_is_let_in_too(self) -> None:
        async with serving(refuse_unknown) as target, grpc.aio.insecure_channel(target) as channel:
            metadata = (("linli-language", "en"),)
            error = await refusal(raw_call(channel, REQUEST.SerializeToString(), metadata=metadata))
        assert detail_in(error, LocalizedMessage).locale == "en"
