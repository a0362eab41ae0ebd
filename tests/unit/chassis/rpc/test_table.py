import pytest
from google.protobuf.message import Message
from grpc_reflection.v1alpha import reflection_pb2
from linli.jobs.v1 import jobs_pb2 as pb

from services.chassis.call import Call
from services.chassis.rpc.table import Registration, Rpc

SERVICE = pb.DESCRIPTOR.services_by_name["JobService"]


async def answer(_request: pb.GetJobRequest, _call: Call) -> Message:
    return pb.GetJobResponse()


def register(**rpcs: Rpc) -> Registration:
    return Registration(descriptor=SERVICE, rpcs=rpcs, access={})


class TestARegistration:
    def test_answers_every_rpc_of_the_contract(self) -> None:
        assert set(register(GetJob=answer, ListJobs=answer).rpcs) == {"GetJob", "ListJobs"}

    def test_is_refused_when_an_rpc_is_missing(self) -> None:
        with pytest.raises(ValueError, match="nothing answers ListJobs"):
            register(GetJob=answer)

    def test_is_refused_when_it_names_another(self) -> None:
        with pytest.raises(ValueError, match="no RPC named GetJobs"):
            register(GetJob=answer, ListJobs=answer, GetJobs=answer)

    def test_is_refused_for_a_stream_both_ways_which_nothing_here_serves(self) -> None:
        reflection = reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"]
        with pytest.raises(ValueError, match="ServerReflectionInfo is a stream both ways"):
            Registration(descriptor=reflection, rpcs={"ServerReflectionInfo": answer}, access={})
