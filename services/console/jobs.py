"""Waits until a job has ended."""

import asyncio
from collections.abc import Callable

from grpc import aio
from linli.jobs.v1.jobs_pb2 import GetJobRequest, Job, JobState
from linli.jobs.v1.jobs_pb2_grpc import JobServiceStub

from services.console.calls import call
from services.console.faults import JobNotDone

_ASK_EVERY_S = 0.1
_WAIT_MAX_S = 3_600
_ASKS_MAX = int(_WAIT_MAX_S / _ASK_EVERY_S)


async def wait_for_job(
    channel: aio.Channel,
    *,
    service: str,
    job_id: str,
    caller: str,
    watch: Callable[[Job], None] = lambda _job: None,
) -> str:
    """Wait until a job is done and give its result, JSON.

    Args:
        channel: To a server that runs the service.
        service: Whose job it is.
        job_id: The job.
        caller: Who asks.
        watch: Told how the job stands, each time it is looked at.

    Raises:
        JobNotDone: It failed, or takes longer than an hour.
    """
    jobs = JobServiceStub(channel)
    request = GetJobRequest(service=service, job_id=job_id)
    for _ in range(_ASKS_MAX):
        job = (await call(jobs.GetJob, request, caller=caller)).job
        watch(job)
        if job.state == JobState.JOB_STATE_DONE:
            return job.result_json
        if job.state == JobState.JOB_STATE_FAILED:
            raise JobNotDone(f"The job {job.kind} failed: {job.error}")
        await asyncio.sleep(_ASK_EVERY_S)
    raise JobNotDone(f"A job of {service} was not done after {_WAIT_MAX_S} s.")
