import asyncio
import socket
from typing import Any

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha.reflection_pb2 import ServerReflectionRequest
from grpc_reflection.v1alpha.reflection_pb2_grpc import ServerReflectionStub
from linli.jobs.v1 import jobs_pb2 as pb
from structlog.testing import capture_logs

from services.chassis.call import Call
from services.chassis.faults import AddressUnavailable
from services.chassis.rpc.server import Server
from services.chassis.settings import Settings
from tests.integration.chassis.rpc.serving import (
    METADATA,
    REQUEST,
    SERVICE,
    calling,
    get_job,
    raw_call,
    refusal,
    registration,
    serving,
)

SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING


def server(**settings: Any) -> Server:
    return Server(
        settings=Settings(**{"port": 0, "drain_seconds": 0.0, **settings}), registrations=[registration()]
    )


class TestAnAddress:
    @pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
    async def test_of_this_machine_is_listened_on_at_the_port_told(self, host: str) -> None:
        serving_here = server(host=host)
        port = await serving_here.start()
        async with calling(f"localhost:{port}") as jobs:
            assert (await jobs.GetJob(REQUEST)).job.job_id == "j1"
        await serving_here.drain()

    async def test_in_use_is_refused_and_what_was_there_stays(
        self, capfd: pytest.CaptureFixture[str]
    ) -> None:
        async with serving() as target:
            port = int(target.rpartition(":")[2])
            second = server(port=port)
            with pytest.raises(
                AddressUnavailable, match=f"Cannot listen on 127.0.0.1:{port}: Address already in use"
            ):
                await second.start()
            async with calling(target) as jobs:
                await jobs.GetJob(REQUEST)
        assert "add_port" not in capfd.readouterr().err

    async def test_in_use_by_another_program_is_refused(self) -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as other,
            pytest.raises(AddressUnavailable, match="choose another port"),
        ):
            await server(port=other.getsockname()[1]).start()

    async def test_that_the_network_reaches_is_refused(self) -> None:
        with pytest.raises(AddressUnavailable, match="trust_network"):
            await server(host="0.0.0.0").start()  # noqa: S104

    async def test_in_a_trusted_network_is_announced(self) -> None:
        trusting = server(host="0.0.0.0", trust_network=True)  # noqa: S104
        with capture_logs() as lines:
            port = await trusting.start()
        async with calling(f"127.0.0.1:{port}") as jobs:
            await jobs.GetJob(REQUEST)
        await trusting.drain()
        assert {"event": "rpc.server.network_trusted", "log_level": "warning", "host": "0.0.0.0"} in lines  # noqa: S104


async def health_of(health: Any, service: str) -> int:
    answer = await health.Check(HealthCheckRequest(service=service))
    return int(answer.status)


class TestHealth:
    async def test_tells_apart_that_it_lives_and_that_it_is_ready(self) -> None:
        here = server()
        async with grpc.aio.insecure_channel(f"127.0.0.1:{await here.start()}") as channel:
            health = HealthStub(channel)
            assert await health_of(health, "liveness") == SERVING
            assert await health_of(health, "") == NOT_SERVING
            assert await health_of(health, SERVICE.full_name) == NOT_SERVING
            await here.set_ready(True)
            assert await health_of(health, "") == SERVING
            assert await health_of(health, SERVICE.full_name) == SERVING
            await here.set_ready(False, services=[SERVICE.full_name])
            assert await health_of(health, "") == NOT_SERVING
            error = await refusal(health.Check(HealthCheckRequest(service="nobody")))
            assert error.code() is grpc.StatusCode.NOT_FOUND
        await here.drain()

    async def test_of_a_service_is_not_told_of_one_that_is_not_served(self) -> None:
        with pytest.raises(ValueError, match=r"nobody\.v1"):
            await server().set_ready(True, services=["nobody.v1"])


class TestReflection:
    @staticmethod
    async def services(target: str) -> list[str]:
        async with grpc.aio.insecure_channel(target) as channel:
            asked = iter([ServerReflectionRequest(list_services="")])
            answers = ServerReflectionStub(channel).ServerReflectionInfo(asked)
            async for answer in answers:
                return sorted(service.name for service in answer.list_services_response.service)
        raise AssertionError("No answer.")

    async def test_lists_what_is_served_and_nothing_else(self) -> None:
        async with serving() as target:
            assert await self.services(target) == [
                "grpc.health.v1.Health",
                "grpc.reflection.v1alpha.ServerReflection",
                "linli.jobs.v1.JobService",
            ]

    async def test_can_be_switched_off(self) -> None:
        async with serving(reflection=False) as target:
            error = await refusal(self.services(target))
        assert error.code() is grpc.StatusCode.UNIMPLEMENTED


class TestDraining:
    async def test_lets_running_calls_end_and_takes_no_new_ones(self) -> None:
        entered, leave = asyncio.Event(), asyncio.Event()

        async def wait(request: pb.GetJobRequest, call: Call) -> pb.GetJobResponse:
            entered.set()
            await leave.wait()
            return await get_job(request, call)

        here = Server(settings=Settings(port=0, drain_seconds=20.0), registrations=[registration(wait)])
        target = f"127.0.0.1:{await here.start()}"
        await here.set_ready(True)
        async with calling(target) as jobs, grpc.aio.insecure_channel(target) as channel:
            watch = HealthStub(channel).Watch(HealthCheckRequest(service=""))
            assert (await watch.read()).status == SERVING
            running = asyncio.ensure_future(jobs.GetJob(REQUEST))
            await entered.wait()
            draining = asyncio.ensure_future(here.drain())
            assert (await watch.read()).status == NOT_SERVING
            async with grpc.aio.insecure_channel(target) as late:
                call = raw_call(late, REQUEST.SerializeToString(), metadata=METADATA, timeout=5)
                error = await refusal(call)
            assert error.code() is grpc.StatusCode.UNAVAILABLE
            assert not draining.done()
            leave.set()
            assert (await running).job.job_id == "j1"
            # The watcher of health is still there and does not hold the server for its 20 seconds.
            await asyncio.wait_for(draining, timeout=5)

    async def test_cuts_calls_that_take_too_long(self) -> None:
        entered = asyncio.Event()

        async def hang(_request: pb.GetJobRequest, _call: Call) -> pb.GetJobResponse:
            entered.set()
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

        here = Server(settings=Settings(port=0, drain_seconds=0.1), registrations=[registration(hang)])
        async with grpc.aio.insecure_channel(f"127.0.0.1:{await here.start()}") as channel:
            call = raw_call(channel, REQUEST.SerializeToString(), metadata=METADATA)
            running = asyncio.ensure_future(refusal(call))
            await entered.wait()
            await asyncio.wait_for(here.drain(), timeout=5)
            assert (await running).code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED}


class TestARegistration:
    async def test_twice_is_refused(self) -> None:
        with pytest.raises(ValueError, match="registered twice"):
            Server(settings=Settings(), registrations=[registration(), registration()])
