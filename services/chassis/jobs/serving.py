"""Serves `JobService`, routed by the service that a request names."""

from collections.abc import Mapping
from typing import Any

from linli.jobs.v1 import jobs_pb2
from linli.jobs.v1.jobs_pb2 import (
    GetJobRequest,
    GetJobResponse,
    Job,
    JobState,
    ListJobsRequest,
    ListJobsResponse,
)
from sqlalchemy import select

from services.chassis.call import Call
from services.chassis.faults import JobUnknown, ServiceUnknown
from services.chassis.pages import Page
from services.chassis.rpc.access import Access
from services.chassis.rpc.table import Registration, Rpc
from services.chassis.sql.database import Database
from services.chassis.tables import jobs

SERVICE = jobs_pb2.DESCRIPTOR.services_by_name["JobService"]


def job_service(databases: Mapping[str, Database]) -> Registration:
    """Serve the jobs of these services, by name."""

    def database_of(service: str) -> Database:
        if service not in databases:
            raise ServiceUnknown(service=service, known=", ".join(sorted(databases)))
        return databases[service]

    async def get_job(request: GetJobRequest, _call: Call) -> GetJobResponse:
        statement = select(jobs).where(jobs.c.job_id == request.job_id)
        async with database_of(request.service).read() as connection:
            row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise JobUnknown(job_id=request.job_id)
        return GetJobResponse(job=_job(row))

    async def list_jobs(request: ListJobsRequest, _call: Call) -> ListJobsResponse:
        page = Page.of(request)
        statement = select(jobs).order_by(jobs.c.job_id.desc()).limit(page.size + 1)
        if page.after:
            statement = statement.where(jobs.c.job_id < page.after[0])
        async with database_of(request.service).read() as connection:
            found = (await connection.execute(statement)).all()
        rows, token = page.cut(found, key=lambda row: (row.job_id,))
        return ListJobsResponse(jobs=[_job(row) for row in rows], next_page_token=token)

    rpcs: dict[str, Rpc] = {"GetJob": get_job, "ListJobs": list_jobs}
    return Registration(
        descriptor=SERVICE,
        rpcs=rpcs,
        access={f"{SERVICE.full_name}/{name}": Access.ANYONE for name in rpcs},
    )


def _job(row: Any) -> Job:
    return Job(
        job_id=row.job_id,
        kind=row.kind,
        state=JobState.Value(f"JOB_STATE_{row.state}"),
        done=row.done,
        total=row.total,
        result_json=row.result,
        error=row.error,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
